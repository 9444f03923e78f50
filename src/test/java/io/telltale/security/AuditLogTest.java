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
import org.jspecify.annotations.Nullable;
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

    private void refuse(int times, @Nullable String caller) {
        IntStream.range(0, times)
                .forEach(attempt -> audit.line("GET /x", "refused").by(caller).writeWithinBudget());
    }

    private List<String> linesOf(String caller) {
        return lines.stream()
                .filter(line -> line.contains("\"caller\":\"" + caller + "\""))
                .toList();
    }

    @Test
    void boundsTheLinesOfRefusedAttemptsAndCountsThem() {
        refuse(1_000, null);
        assertThat(lines).hasSize(AuditBudgets.MAX_LINES);
        audit.line("DELETE /x", "done").write();
        assertThat(lines).hasSize(AuditBudgets.MAX_LINES + 1);
        clock.move(Duration.ofMillis(AuditBudgets.PERIOD_MILLIS));
        refuse(2, null);
        assertThat(lines.get(AuditBudgets.MAX_LINES + 1)).endsWith("\"suppressed\":900}");
        assertThat(lines.get(AuditBudgets.MAX_LINES + 2)).doesNotContain("suppressed");
    }

    @Test
    void noCallerSuppressesTheLinesOfAnother() {
        refuse(1_000, null);
        refuse(1_000, "key:a");
        refuse(3, "key:b");
        assertThat(linesOf("key:a")).hasSize(AuditBudgets.MAX_LINES);
        assertThat(linesOf("key:b")).hasSize(3);
        clock.move(Duration.ofMillis(AuditBudgets.PERIOD_MILLIS));
        refuse(1, "key:b");
        clock.move(Duration.ofMillis(AuditBudgets.PERIOD_MILLIS));
        refuse(1, "key:a");
        assertThat(linesOf("key:b")).noneMatch(line -> line.contains("suppressed"));
        assertThat(linesOf("key:a").get(AuditBudgets.MAX_LINES)).endsWith("\"suppressed\":900}");
    }

    @Test
    void boundsTheCallersWithABudgetOfTheirOwn() {
        IntStream.range(0, 2 * AuditBudgets.MAX_CALLERS).forEach(caller -> refuse(1, "token:" + caller));
        assertThat(lines).hasSize(AuditBudgets.MAX_CALLERS + AuditBudgets.MAX_LINES);
        refuse(1, "token:0");
        refuse(1, null);
        assertThat(lines).hasSize(AuditBudgets.MAX_CALLERS + AuditBudgets.MAX_LINES + 2);
    }
}
