package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.bench.LoadRun.Latency;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
class SecuredPageTest {

    @Test
    void comparesEachFigureWithAndWithoutSecurity(@TempDir Path directory) throws Exception {
        SecuredResults results = results(100, 160);
        SecuredPage.write(results, BenchOptions.from(option -> null), directory);
        assertThat(Files.readString(directory.resolve("secured.md")))
                .contains("| a bearer token after the first request, µs of processor time per request | ≤ 50 | 60.00 |")
                .contains("**missed**")
                .contains("| drain, 10,000 sensors, b = 1: readings/s | 80,000 | 60,000 | 0.75 |")
                .contains("| drain, 10,000 sensors, b = 1: µs of the service per reading | 6.00 | 9.00 | 1.50 |")
                .contains("| range, an hour, JSON page: readings/s | 100,000 | 50,000 | 0.50 |")
                .contains("| fan-out to 1,000, 0 slow: µs per delivery | 3.00 | 6.00 | 2.00 |")
                .contains("| fan-out to 1,000, storing, 0 slow: µs per delivery | 4.00 | 5.00 | 1.25 |")
                .contains("| HTTP, bearer token | 1 | 160.00 (160.00 to 160.00) |")
                .contains("| secured, JSON page | 50,000 (50,000 to 50,000) |")
                .contains("**secured**: the packaged service with security on");
        assertThat(Files.readString(directory.resolve("secured.json"))).contains("\"way\" : \"HTTP, bearer token\"");
    }

    @Test
    void theTargetIsTheDifferenceThatTheTokenMakes() {
        assertThat(SecuredPage.targets(results(100, 150).requests()))
                .extracting(Target::isMet)
                .containsExactly(true);
        assertThat(SecuredPage.targets(List.of())).isEmpty();
    }

    private static SecuredResults results(double withoutToken, double withToken) {
        return new SecuredResults(
                "mvn -Pbench -Dbench=secured",
                false,
                Machine.here(Clock.fixed(Instant.parse("2026-11-01T00:00:00Z"), ZoneOffset.UTC)),
                List.of(round(Peer.TELLTALE, 80_000, 6), round(Peer.SECURED, 60_000, 9)),
                List.of(read("driver", 200), read("telltale, JSON page", 100), read("secured, JSON page", 50)),
                List.of(
                        fanOut("telltale", 3),
                        fanOut("telltale, storing", 4),
                        fanOut("secured", 6),
                        fanOut("secured, storing", 5)),
                List.of(
                        new RequestRun(RequestWorkload.NONE, 1_000, withoutToken, 300),
                        new RequestRun(RequestWorkload.TOKEN, 1_000, withToken, 350),
                        new RequestRun(RequestWorkload.ENCRYPTED, 1_000, withToken + 5, 360)));
    }

    private static DrainRound round(Peer peer, double readingsPerSecond, double clientMicros) {
        return new DrainRound(
                peer,
                BacklogShape.atLeast(500_000, 10_000, 1),
                500_000,
                readingsPerSecond,
                new ProcessorTime.Micros(clientMicros, 1, 12),
                120,
                true,
                new Balance(500_000, 0, 0));
    }

    private static ReadRun read(String reader, double thousands) {
        return new ReadRun(
                reader,
                "an hour",
                1_000,
                10 / thousands,
                new Latency(10 / thousands, 10 / thousands, 10),
                new ProcessorTime.Micros(1, 0, 2));
    }

    private static FanOutRun fanOut(String server, double micros) {
        return new FanOutRun(
                server,
                1_000,
                0,
                100_000,
                micros,
                310,
                164,
                2,
                90_000,
                micros,
                new FanOutRun.Ages(5, 10),
                new FanOutRun.Ages(8, 20),
                new FanOutRun.Ages(9, 30));
    }
}
