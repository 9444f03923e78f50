package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.settings.CapturedLog;
import org.junit.jupiter.api.Test;

class ProblemMappersTest {

    private final ProblemMappers mappers = new ProblemMappers();

    private int answered(ProblemCode code, String cause) {
        return mappers.problem(
                        new ProblemException(Problem.of(code, "asked in vain"), new IllegalStateException(cause)))
                .getStatus();
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
