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
 * Writes the audit log: one JSON object a line, in a category of its own. Texts from outside are shortened and escaped, so
 * that no client can add a line or hide one. Thread-safe.
 */
@Singleton
class AuditLog {

    /** The category of all lines. */
    static final String CATEGORY = "telltale.audit";

    private static final Logger log = Logger.getLogger(CATEGORY);

    /** Refused attempts, which anyone can send, have at most so many lines in {@link #PERIOD_MILLIS}. */
    static final int MAX_REFUSED = 100;

    static final long PERIOD_MILLIS = 10_000;

    private static final int MAX_CHARACTERS = 512;
    private static final int MAX_NAMES = 100;

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final Clock clock;
    private final Consumer<String> lines;

    // Guarded by this.
    private long periodEndMillis;
    private int refusedInPeriod;
    private long suppressed;

    @Inject
    AuditLog(Clock clock) {
        this(clock, log::info);
    }

    AuditLog(Clock clock, Consumer<String> lines) {
        this.clock = clock;
        this.lines = lines;
    }

    /** A line. Members without a value are left out. */
    final class Line {

        private final ObjectNode json = JSON.createObjectNode();

        private Line(String operation, String outcome) {
            json.put("time", Rfc3339.format(clock.millis()));
            with("operation", operation).with("outcome", outcome);
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

        /** Writes the line, unless there were too many of refused attempts lately: they are counted. */
        void writeRefused() {
            long missing = suppressedBefore();
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

    /** The number of suppressed lines before this one; negative if this one is suppressed. */
    private synchronized long suppressedBefore() {
        long now = clock.millis();
        if (now >= periodEndMillis || now < periodEndMillis - PERIOD_MILLIS) {
            periodEndMillis = now + PERIOD_MILLIS;
            refusedInPeriod = 0;
        }
        if (refusedInPeriod >= MAX_REFUSED) {
            suppressed++;
            return -1;
        }
        refusedInPeriod++;
        long missing = suppressed;
        suppressed = 0;
        return missing;
    }
}
