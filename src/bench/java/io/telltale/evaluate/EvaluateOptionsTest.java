package io.telltale.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.bench.Project;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class EvaluateOptionsTest {

    private static final Environment<FakeServers> SERVERS = FakeServers.environment("servers", new ArrayList<>());
    private static final List<Chapter> CHAPTERS = List.of(
            new FakeChapter("apples", List.of(FakeServers.cell(SERVERS, "apples-red"))),
            new FakeChapter("pears", List.of(FakeServers.cell(SERVERS, "pears-green"))));

    @Test
    void withoutOptionsItIsTheQuickForm() {
        EvaluateOptions options = options(Map.of());
        assertThat(options.isFull()).isFalse();
        assertThat(options.isResumed()).isTrue();
        assertThat(options.chapter()).isEmpty();
        assertThat(options.cell()).isEmpty();
        assertThat(options.plant()).isEmpty();
        assertThat(options.directory()).isEqualTo(Project.directory().resolve("docs/evaluation"));
        assertThat(options.command()).isEqualTo("mvn -Pevaluate");
    }

    @Test
    void theCommandHasTheOptions() {
        EvaluateOptions options = options(Map.of(
                "full",
                "true",
                "chapter",
                "pears",
                "cell",
                "pears-green",
                "resume",
                "false",
                "seed",
                "7",
                "output",
                "target/o"));
        assertThat(options.isFull()).isTrue();
        assertThat(options.isResumed()).isFalse();
        assertThat(options.seed()).isEqualTo(7);
        assertThat(options.directory()).isEqualTo(Project.directory().resolve("target/o"));
        assertThat(options.command())
                .isEqualTo("mvn -Pevaluate -Dfull -Dchapter=pears -Dcell=pears-green -Dresume=false -Doutput=target/o"
                        + " -Dseed=7");
        assertThat(options(Map.of("plant", "wrong-winner")).plant()).contains(Check.WRONG_WINNER);
    }

    @Test
    void namesOptionValueAndExpectation() {
        assertRefused(Map.of("full", "yes"), "-Dfull=yes: expected nothing after -Dfull, or true or false");
        assertRefused(Map.of("resume", "no"), "-Dresume=no: expected nothing after -Dresume, or true or false");
        assertRefused(Map.of("chapter", "plums"), "-Dchapter=plums: expected one of apples, pears");
        assertRefused(Map.of("cell", "apples-blue"), "-Dcell=apples-blue: expected one of apples-red");
        assertRefused(Map.of("cell", "blue"), "-Dcell=blue: expected a cell of the chapter apples, pears");
        assertRefused(
                Map.of("cell", "apples-red", "chapter", "pears"),
                "-Dcell=apples-red: expected a cell of the chapter pears");
        assertRefused(
                Map.of("plant", "rotten"),
                "-Dplant=rotten: expected one of lost, invented, stale, non-monotonic, duplicate, wrong-winner,"
                        + " false-complete");
        assertRefused(
                Map.of("plant", "lost", "cell", "apples-red"), "-Dcell=apples-red: expected no cell with -Dplant");
        assertRefused(
                Map.of("plant", "lost", "chapter", "apples"), "-Dchapter=apples: expected no chapter with -Dplant");
        assertRefused(
                Map.of("output", "pom.xml"),
                "-Doutput=pom.xml: expected a directory, relative to the project's directory");
        assertRefused(Map.of("output", ""), "-Doutput=: expected a directory, relative to the project's directory");
        assertRefused(Map.of("seed", "-1"), "-Dseed=-1: expected a whole number of 1 to 18 digits");
    }

    private static void assertRefused(Map<String, String> properties, String message) {
        assertThatThrownBy(() -> options(properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static EvaluateOptions options(Map<String, String> properties) {
        return EvaluateOptions.from(properties::get, CHAPTERS);
    }
}
