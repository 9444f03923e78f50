package io.telltale.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProblemTest {

    @Test
    void isWrittenAsRfc9457HasIt() {
        Problem problem = Problem.badParameter("limit", "x\"y", "an integer from 1 to 10");

        assertThat(json(problem))
                .isEqualTo(
                        "{\"type\":\"urn:telltale:problem:bad-parameter\",\"title\":\"Bad parameter\",\"status\":400,"
                                + "\"detail\":\"parameter limit is 'x\\\"y'; expected an integer from 1 to 10\"}");
    }

    @Test
    void keepsTheOrderOfFurtherMembers() {
        Problem problem = Problem.of(ProblemCode.NOTHING_ACCEPTABLE, "none")
                .with("accepted", 0)
                .with("rejected", List.of(Map.of("index", 0)));

        assertThat(json(problem)).endsWith("\"detail\":\"none\",\"accepted\":0,\"rejected\":[{\"index\":0}]}");
        assertThat(problem.status()).isEqualTo(422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"type", "title", "status", "detail"})
    void rejectsAStandardMember(String member) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Problem.of(ProblemCode.INTERNAL, "x").with(member, 1))
                .withMessageContaining(member);
    }

    @ParameterizedTest
    @CsvSource({"PT0S, 1", "PT0.001S, 1", "PT1S, 1", "PT1.2S, 2", "PT30S, 30"})
    void roundsRetryAfterUpToSeconds(Duration delay, long seconds) {
        assertThat(Problem.of(ProblemCode.TOO_MANY, "x").retryAfter(delay).retryAfterSeconds())
                .isEqualTo(seconds);
    }

    @Test
    void rejectsANegativeDelay() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Problem.of(ProblemCode.TOO_MANY, "x").retryAfter(Duration.ofMillis(-1)))
                .withMessageContaining("PT-0.001S");
    }

    @ParameterizedTest
    @EnumSource
    void hasRetryAfterWithEvery503(ProblemCode code) {
        Long seconds = Problem.of(code, "x").retryAfterSeconds();

        if (code.status() == 503) {
            assertThat(seconds).isEqualTo(5);
        } else {
            assertThat(seconds).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void hasACodeAndATitle(ProblemCode code) {
        assertThat(code.code()).matches("[a-z]+(-[a-z]+)*");
        assertThat(code.type()).isEqualTo("urn:telltale:problem:" + code.code());
        assertThat(code.title()).isNotBlank();
        assertThat(Arrays.stream(ProblemCode.values()).map(ProblemCode::code)).doesNotHaveDuplicates();
    }

    @Test
    void hasAStackTraceOnlyWithACause() {
        Problem problem = Problem.of(ProblemCode.CASSANDRA_UNAVAILABLE, "no quorum");

        assertThat(problem.exception())
                .hasMessage("cassandra-unavailable: no quorum")
                .hasNoCause();
        assertThat(problem.exception().getStackTrace()).isEmpty();
        assertThat(new ProblemException(problem, new IllegalStateException()).getStackTrace())
                .isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "400, bad-request",
        "401, unauthenticated",
        "403, forbidden",
        "404, not-found",
        "405, method-not-allowed",
        "406, not-acceptable",
        "409, bad-request",
        "413, body-too-large",
        "415, unsupported-media-type",
        "429, too-many",
    })
    void namesThePathOfAFrameworkError(int status, String code) {
        RefusedRequest request = new RefusedRequest(
                "FOO",
                "/api/v1/nope",
                "text/html",
                "text/plain",
                Set.of("GET"),
                List.of("text/csv", "application/json"),
                List.of("application/json"));

        Problem problem = FrameworkErrorDetails.problem(status, request);

        assertThat(problem.code().code()).isEqualTo(code);
        assertThat(problem.detail())
                .contains("path '/api/v1/nope'")
                .contains(
                        switch (status) {
                            case 405 -> "method is 'FOO'; expected GET for";
                            case 406 -> "header Accept is 'text/html'; expected one of text/csv, application/json for";
                            case 415 -> "header Content-Type is 'text/plain'; expected application/json for";
                            default -> "";
                        });
    }

    private static String json(Problem problem) {
        return new String(problem.toJson(), UTF_8);
    }
}
