package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.telltale.wire.EncodedBytes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a response: member {@code meta} of a document, headers {@code telltale-*} of a stream.
 *
 * @param consistency the consistency level of the read
 * @param complete whether the response contains everything that Kafka had at the check and that was recorded before the
 *     end of the range
 * @param reason why it is not complete; null if it is
 * @param ingestedThrough by topic, the instant before which every record is durable, RFC 3339 UTC with milliseconds;
 *     topics without a known instant are absent
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Meta(
        String consistency, boolean complete, @Nullable String reason, Map<String, String> ingestedThrough) {

    public Meta {
        if (complete != (reason == null)) {
            throw new IllegalArgumentException("complete is %s and reason is '%s'".formatted(complete, reason));
        }
        ingestedThrough = Map.copyOf(ingestedThrough);
    }

    /** Writes the members without braces, so that the caller can add members. */
    void writeMembers(EncodedBytes body) {
        body.ascii("\"consistency\":\"").ascii(consistency);
        body.ascii("\",\"complete\":").ascii(complete ? "true" : "false");
        if (reason != null) {
            body.ascii(",\"reason\":\"").ascii(reason).ascii('"');
        }
        body.ascii(",\"ingestedThrough\":{");
        boolean isFirst = true;
        for (Map.Entry<String, String> topic : new TreeMap<>(ingestedThrough).entrySet()) {
            body.ascii(isFirst ? "\"" : ",\"").ascii(topic.getKey());
            body.ascii("\":\"").ascii(topic.getValue()).ascii('"');
            isFirst = false;
        }
        body.ascii('}');
    }

    /** The headers of a stream. Topics are separated by commas; without topics the header is absent. */
    Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("telltale-consistency", consistency);
        headers.put("telltale-complete", Boolean.toString(complete));
        if (reason != null) {
            headers.put("telltale-reason", reason);
        }
        if (!ingestedThrough.isEmpty()) {
            headers.put(
                    "telltale-ingested-through",
                    new TreeMap<>(ingestedThrough)
                            .entrySet().stream()
                                    .map(topic -> topic.getKey() + "=" + topic.getValue())
                                    .collect(Collectors.joining(", ")));
        }
        return headers;
    }
}
