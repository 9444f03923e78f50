package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.bench.BenchOptions.Swept;
import io.telltale.bench.BenchOptions.Workload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class BenchOptionsTest {

    @Test
    void withoutOptionsItIsTheSmallSizeOfIngest() {
        BenchOptions options = options(Map.of());
        assertThat(options.workloads()).containsExactlyInAnyOrder(Workload.DRAIN, Workload.UC1, Workload.MICRO);
        assertThat(options.isFull()).isFalse();
        assertThat(options.peers())
                .containsExactlyElementsOf(Peer.usual())
                .doesNotContain(Peer.TRACED, Peer.TELLTALE_SEALED);
        assertThat(options.sensors()).containsExactly(10_000);
        assertThat(options.readingsInARow()).containsExactly(1, 50);
        assertThat(options.command()).isEqualTo("mvn -Pbench");
    }

    @Test
    void selectsGroupsOfBenchmarks() {
        assertThat(options(Map.of("bench", "all")).workloads())
                .hasSize(Workload.values().length - 3)
                .doesNotContain(Workload.SWEEP, Workload.STARTUP, Workload.SECURED);
        assertThat(options(Map.of("bench", "ingest")).workloads())
                .containsExactlyInAnyOrder(Workload.DRAIN, Workload.UC1, Workload.MICRO);
        assertThat(options(Map.of("bench", "query")).workloads())
                .containsExactlyInAnyOrder(
                        Workload.RANGE, Workload.EXPORT, Workload.HISTORY, Workload.DASHBOARD, Workload.TPCX_SHAPED);
        assertThat(options(Map.of("bench", "tpcx-shaped")).workloads()).containsExactly(Workload.TPCX_SHAPED);
    }

    @Test
    void securedMeasuresTheServiceWithAndWithoutSecurity() {
        BenchOptions options = options(Map.of("bench", "secured", "sensors", "1000"));
        assertThat(options.workloads()).containsExactly(Workload.SECURED);
        assertThat(options.ofSecured().workloads())
                .containsExactlyInAnyOrder(Workload.DRAIN, Workload.RANGE, Workload.FAN_OUT);
        assertThat(options.ofSecured().services()).containsExactly(Peer.TELLTALE, Peer.SECURED);
        assertThat(options.ofSecured().sensors()).containsExactly(1_000);
        assertThat(options.ofSecured().command()).isEqualTo("mvn -Pbench -Dbench=secured -Dsensors=1000");
        assertThat(options.services()).containsExactly(Peer.TELLTALE);
        BenchOptions sealed = options(Map.of("bench", "range", "peers", "telltale,telltale-sealed"));
        assertThat(sealed.services()).containsExactly(Peer.TELLTALE);
        assertThat(sealed.storingServices()).containsExactly(Peer.TELLTALE, Peer.TELLTALE_SEALED);
    }

    @Test
    void aFleetSendsAReadingASecondFromEachSensorOrWhatIsAskedFor() {
        assertThat(options(Map.of("sensors", "1000,10000")).fleets())
                .containsExactly(new Fleet(1_000, 1_000), new Fleet(10_000, 10_000));
        assertThat(options(Map.of("per-second", "60000")).fleets()).containsExactly(new Fleet(10_000, 60_000));
        assertThatThrownBy(() -> options(Map.of("per-second", "0")))
                .hasMessage("-Dper-second=0: expected a whole number from 1 to 1000000");
        assertThatThrownBy(() -> options(Map.of("sensors", "100,10", "per-second", "10001")))
                .hasMessage("-Dper-second=10001: expected at most a reading a millisecond from each of 10 sensors");
        assertThat(options(Map.of("sensors", "10", "per-second", "10000")).fleets())
                .containsExactly(new Fleet(10, 10_000));
        assertThat(options(Map.of("bench", "sweep", "sensors", "5", "per-second", "10000"))
                        .swept()
                        .perSecond())
                .isEqualTo(10_000);
    }

    @Test
    void theSweepTakesFleetsReplicasAndSettingsThatAreNamed() {
        assertThat(options(Map.of()).swept().sensors()).containsExactly(200, 10_000);
        BenchOptions options = options(Map.of(
                "bench",
                "sweep",
                "sensors",
                "200",
                "replicas",
                "1,3",
                "shards",
                "8",
                "linger",
                "50,1000",
                "per-second",
                "500"));
        assertThat(options.replicas()).containsExactly(1, 3);
        assertThat(options.swept()).isEqualTo(new Swept(List.of(200), List.of(8), List.of(50, 1_000), 500));
        assertThat(options.command())
                .isEqualTo(
                        "mvn -Pbench -Dbench=sweep -Dsensors=200 -Dreplicas=1,3 -Dshards=8 -Dlinger=50,1000 -Dper-second=500");
    }

    @Test
    void thoseThatAreManyTimesSlowerHaveOneRoundAlsoInTheFullSize() {
        BenchOptions options = options(Map.of("full", ""));
        assertThat(options.sensors()).containsExactly(1_000, 10_000, 100_000);
        assertThat(options.rounds(Peer.TELLTALE)).isEqualTo(5);
        assertThat(options.rounds(Peer.PYTHON)).isEqualTo(1);
        assertThat(options.warmUp(Peer.RAW)).isGreaterThan(Duration.ofMinutes(1));
        assertThat(options.warmUp(Peer.PYTHON)).isPositive();
        assertThat(options(Map.of()).warmUp(Peer.PYTHON)).isZero();
    }

    @Test
    void theServiceIsItsJarUnlessTheNativeExecutableIsAskedFor() {
        assertThat(options(Map.of()).isNative()).isFalse();
        BenchOptions options = options(Map.of("telltale.native", "true"));
        assertThat(options.isNative()).isTrue();
        assertThat(options.command()).isEqualTo("mvn -Pbench -Dtelltale.native");
    }

    @Test
    void whatIsAskedForIsInTheCommand() {
        BenchOptions options = options(Map.of(
                "bench",
                "drain",
                "full",
                "",
                "peers",
                "raw,telltale",
                "sensors",
                "1000,20000",
                "telltale.jvm",
                "-Xint -Xmx1g"));
        assertThat(options.workloads()).containsExactly(Workload.DRAIN);
        assertThat(options.peers()).containsExactly(Peer.RAW, Peer.TELLTALE);
        assertThat(options.sensors()).containsExactly(1_000, 20_000);
        assertThat(options.rounds()).isEqualTo(5);
        assertThat(options.warmUp()).isGreaterThan(Duration.ofMinutes(1));
        assertThat(options.telltaleJvm()).isEqualTo(List.of("-Xint", "-Xmx1g"));
        assertThat(options.command())
                .isEqualTo("mvn -Pbench -Dbench=drain -Dfull -Dpeers=raw,telltale -Dsensors=1000,20000"
                        + " -Dtelltale.jvm='-Xint -Xmx1g'");
    }

    @Test
    void aValueThatIsNoneIsNamedWithItsOptionAndWhatWasExpected() {
        assertRefused("bench", "drian", "drain, uc1, sweep, micro");
        String peers = "telltale, traced, before, telltale-sealed, segments, raw, connect, obvious, python";
        assertRefused("peers", "telltale,ruby", peers);
        assertRefused("peers", "secured", peers);
        assertRefused("peers", "before", "the quarkus-run.jar of another version");
        assertRefused("sensors", "0", "from 1 to 1000000");
        assertRefused("b", "1,,50", "with commas between");
        assertRefused("records", "many", "a whole number from 1 to 50000000");
        assertRefused("replicas", "1,6", "from 1 to 5");
        assertRefused("shards", "0", "from 1 to 4096");
        assertRefused("linger", "60001", "from 1 to 60000");
        assertRefused("rounds", "101", "a whole number from 1 to 100");
        assertRefused("full", "yes", "true or false");
    }

    private static void assertRefused(String option, String value, String expected) {
        assertThatThrownBy(() -> options(Map.of(option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-D%s=%s".formatted(option, value))
                .hasMessageContaining(expected);
    }

    private static BenchOptions options(Map<String, String> properties) {
        return BenchOptions.from(properties::get);
    }
}
