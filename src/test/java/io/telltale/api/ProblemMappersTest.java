package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.settings.CapturedLog;
import jakarta.ws.rs.core.UriInfo;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class ProblemMappersTest {

    private final ProblemMappers mappers = new ProblemMappers();

    private int answered(ProblemCode code, String cause) {
        return mappers.problem(
                        new ProblemException(Problem.of(code, "asked in vain"), new IllegalStateException(cause)))
                .getStatus();
    }

    @Test
    void logsABugOnOneLineWhateverThePath() {
        UriInfo uri = (UriInfo) Proxy.newProxyInstance(
                UriInfo.class.getClassLoader(),
                new Class<?>[] {UriInfo.class},
                (proxy, method, arguments) -> "/api/v1/sensors/a\n2026-01-01 ERROR forged" + "x".repeat(60_000));
        try (CapturedLog log = CapturedLog.by(ProblemMappers.class)) {
            assertThat(mappers.bug(new IllegalStateException("a bug"), uri).getStatus())
                    .isEqualTo(500);
            assertThat(log.lines()).singleElement().satisfies(line -> assertThat(line)
                    .doesNotContain("\n")
                    .startsWith("Answering 500 to /api/v1/sensors/a?2026-01-01 ERROR forged")
                    .hasSizeLessThan(400));
        }
    }

    @Test
    void logsAnOutageOnceAndHidesNoOtherProblem() {
        try (CapturedLog said = CapturedLog.by(ProblemMappers.class)) {
            for (int i = 0; i < 1_000; i++) {
                assertThat(answered(ProblemCode.KAFKA_UNAVAILABLE, "no broker")).isEqualTo(503);
            }
            assertThat(answered(ProblemCode.UNAVAILABLE, "no room")).isEqualTo(503);
            assertThat(said.lines())
                    .containsExactly(
                            "Answering 503: kafka-unavailable: asked in vain: java.lang.IllegalStateException: no broker",
                            "Answering 503: unavailable: asked in vain: java.lang.IllegalStateException: no room");
            assertThat(said.traces()).isZero();
        }
    }
}
