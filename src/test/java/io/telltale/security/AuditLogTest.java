package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.settings.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AuditLogTest {

    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    private final List<String> lines = new ArrayList<>();
    private final AuditLog audit = new AuditLog(clock, lines::add);

    @Test
    void writesAJsonObjectOnOneLine() throws Exception {
        audit.line("PUT /x", "done")
                .with("caller", "key:a")
                .with("target", (String) null)
                .with("status", 204)
                .with("added", List.of("b", "a"))
                .with("removed", List.of())
                .write();
        assertThat(lines)
                .containsExactly("{\"time\":\"2026-01-01T00:00:00.000Z\",\"operation\":\"PUT /x\",\"outcome\":\"done\","
                        + "\"caller\":\"key:a\",\"status\":204,\"added\":[\"a\",\"b\"]}");
    }

    @Test
    void noClientCanAddALineOrHideOne() throws Exception {
        String attack = "a\r\n{\"outcome\":\"done\"}\u2028\u001b[2J\u202e\u0085\ud800" + "x".repeat(100_000);
        audit.line(attack, "refused").with("target", attack).write();
        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line).hasSizeLessThan(2_000).matches("[\\x20-\\x7e]+");
            JsonNode json = new ObjectMapper().readTree(line);
            assertThat(json.get("outcome").asText()).isEqualTo("refused");
            assertThat(json.get("target").asText()).startsWith("a??{");
        });
    }

    @Test
    void boundsTheLinesOfRefusedAttemptsAndCountsThem() {
        IntStream.range(0, 1_000)
                .forEach(attempt -> audit.line("GET /x", "refused").writeRefused());
        assertThat(lines).hasSize(AuditLog.MAX_REFUSED);
        audit.line("DELETE /x", "done").write();
        assertThat(lines).hasSize(AuditLog.MAX_REFUSED + 1);
        clock.move(Duration.ofMillis(AuditLog.PERIOD_MILLIS));
        audit.line("GET /x", "refused").writeRefused();
        audit.line("GET /x", "refused").writeRefused();
        assertThat(lines.get(AuditLog.MAX_REFUSED + 1)).endsWith("\"suppressed\":900}");
        assertThat(lines.get(AuditLog.MAX_REFUSED + 2)).doesNotContain("suppressed");
    }
}
