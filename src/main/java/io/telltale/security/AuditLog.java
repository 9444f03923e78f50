package io.telltale.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Rfc3339;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes the audit log: one JSON object a line, in a category of its own. Texts from outside are shortened and escaped,
 * so that no client can add a line or hide one. Thread-safe.
 */
@Singleton
class AuditLog {

    /** The category of all lines. */
    static final String CATEGORY = "telltale.audit";

    private static final Logger log = Logger.getLogger(CATEGORY);

    private static final int MAX_CHARACTERS = 512;
    private static final int MAX_NAMES = 100;

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final Clock clock;
    private final Consumer<String> lines;
    private final AuditBudgets budgets;

    @Inject
    AuditLog(Clock clock) {
        this(clock, log::info);
    }

    AuditLog(Clock clock, Consumer<String> lines) {
        this.clock = clock;
        this.lines = lines;
        this.budgets = new AuditBudgets(clock);
    }

    /** A line. Members without a value are left out. */
    final class Line {

        private final ObjectNode json = JSON.createObjectNode();
        private @Nullable String caller;

        private Line(String operation, String outcome) {
            json.put("time", Rfc3339.format(clock.millis()));
            with("operation", operation).with("outcome", outcome);
        }

        /** @param name the qualified name; null without a valid credential */
        Line by(@Nullable String name) {
            caller = name;
            return with("caller", name);
        }

        Line with(String member, @Nullable String text) {
            if (text != null) {
                json.put(member, Excerpt.of(text, MAX_CHARACTERS));
            }
            return this;
        }

        Line with(String member, long number) {
            json.put(member, number);
            return this;
        }

        Line with(String member, Collection<String> names) {
            if (!names.isEmpty()) {
                ArrayNode list = json.putArray(member);
                names.stream().sorted().limit(MAX_NAMES).forEach(name -> list.add(Excerpt.of(name)));
                if (names.size() > MAX_NAMES) {
                    json.put(member + "Omitted", names.size() - MAX_NAMES);
                }
            }
            return this;
        }

        void write() {
            try {
                lines.accept(JSON.writeValueAsString(json));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a tree of texts and numbers is JSON", e);
            }
        }

        /**
         * Writes the line of a request without effect, unless its caller had too many of them lately: they are counted.
         */
        void writeWithinBudget() {
            long missing = budgets.take(caller);
            if (missing >= 0) {
                if (missing > 0) {
                    json.put("suppressed", missing);
                }
                write();
            }
        }
    }

    Line line(String operation, String outcome) {
        return new Line(operation, outcome);
    }
}
