package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.security.SecuredClient.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Health needs no credential, so it says what is unavailable, and neither why nor where. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class OpenHealthTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> PATHS =
            List.of("/q/health", "/q/health/ready", "/q/health/group/dependencies", "/q/health/live");

    @Test
    void namesNoAddressDuringAnOutage() {
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/q/health/ready", Map.of()).status() == 200);
        SharedStack stack = SharedStack.get();
        stack.cassandra().pause();
        List<Answer> answers;
        try {
            answers = PATHS.stream()
                    .map(path -> CompletableFuture.supplyAsync(() -> SecuredClient.get(path, Map.of())))
                    .toList()
                    .stream()
                    .map(CompletableFuture::join)
                    .toList();
        } finally {
            stack.cassandra().resume();
        }
        assertThat(answers).allSatisfy(answer -> assertThat(answer.body())
                .doesNotContain(
                        stack.cassandra().contactPoint(), stack.kafka().bootstrapServers(), "127.0.0.1", "localhost"));
        assertThat(answers.get(1).body()).contains("\"cassandra\": \"unavailable\"");
        assertThat(reasons(answers.get(2))).containsExactly("see the log");
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/q/health/group/dependencies", Map.of())
                                .status()
                        == 200);
    }

    private static List<String> reasons(Answer answer) {
        JsonNode checks = answer.json().get("checks");
        return checks.findValuesAsText("reason");
    }
}
