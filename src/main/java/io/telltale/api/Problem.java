package io.telltale.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.sensors.Excerpt;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a request fails (RFC 9457).
 *
 * @param code the kind of problem
 * @param detail a sentence with the parameter, its value and what was expected
 * @param members further members, such as {@code accepted}, in the order of the document
 * @param retryAfter when to retry, rounded up to whole seconds in {@code Retry-After}; always present with status 503
 */
public record Problem(
        ProblemCode code,
        String detail,
        Map<String, Object> members,
        @Nullable Duration retryAfter) {

    /** The media type of every problem. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** When to retry after a 503 by default: about the time of a failover. */
    public static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(5);

    private static final Set<String> STANDARD_MEMBERS = Set.of("type", "title", "status", "detail");
    private static final ObjectMapper JSON = new ObjectMapper();

    public Problem {
        for (String name : members.keySet()) {
            if (STANDARD_MEMBERS.contains(name)) {
                throw new IllegalArgumentException("member '%s' is a standard member".formatted(name));
            }
        }
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        if (retryAfter != null && retryAfter.isNegative()) {
            throw new IllegalArgumentException("retry after %s is negative".formatted(retryAfter));
        }
        if (retryAfter == null && code.status() == 503) {
            retryAfter = DEFAULT_RETRY_AFTER;
        }
    }

    public static Problem of(ProblemCode code, String detail) {
        return new Problem(code, detail, Map.of(), null);
    }

    /**
     * A bad parameter. The value is shortened.
     *
     * @param expected the expected form, after "expected …"
     */
    public static Problem badParameter(String name, String value, String expected) {
        return of(
                ProblemCode.BAD_PARAMETER,
                "parameter %s is '%s'; expected %s".formatted(name, Excerpt.of(value), expected));
    }

    /**
     * A required parameter that is missing.
     *
     * @param expected the expected form, after "expected …"
     */
    public static Problem missingParameter(String name, String expected) {
        return of(ProblemCode.BAD_PARAMETER, "parameter %s is missing; expected %s".formatted(name, expected));
    }

    /** The choices, after "expected …": {@code one of a, b}. */
    static String oneOf(Collection<String> choices) {
        return (choices.size() == 1 ? "" : "one of ") + String.join(", ", choices);
    }

    /** A copy with one more member. */
    public Problem with(String member, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(members);
        more.put(member, value);
        return new Problem(code, detail, more, retryAfter);
    }

    /** A copy with {@code Retry-After}. */
    public Problem retryAfter(Duration delay) {
        return new Problem(code, detail, members, delay);
    }

    /** An exception with this problem. */
    public ProblemException exception() {
        return new ProblemException(this);
    }

    /** The HTTP status. */
    public int status() {
        return code.status();
    }

    /** The value of {@code Retry-After} in seconds, at least 1; null without one. */
    public @Nullable Long retryAfterSeconds() {
        return retryAfter == null
                ? null
                : Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds());
    }

    /** The body: a JSON object in UTF-8. */
    public byte[] toJson() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", code.type());
        body.put("title", code.title());
        body.put("status", code.status());
        body.put("detail", detail);
        body.putAll(members);
        try {
            return JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("members %s are not JSON".formatted(members.keySet()), e);
        }
    }
}
