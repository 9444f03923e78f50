package io.telltale.api;

import io.telltale.sensors.Excerpt;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names of media types that have no constant elsewhere, and the aliases that requests may use for them. */
public final class MediaTypes {

    public static final String NDJSON = "application/x-ndjson";
    public static final String CSV = "text/csv";
    public static final String SENML = "application/senml+json";

    private static final Map<String, String> ALIASES = Map.of(
            "application/ndjson", NDJSON,
            "application/jsonl", NDJSON,
            "application/jsonlines", NDJSON,
            "application/x-jsonlines", NDJSON);

    private MediaTypes() {}

    /**
     * The media type of a body, by header {@code Content-Type}. Its parameters have no effect: all bodies are UTF-8
     * (RFC 8259).
     *
     * @param accepted the media types that the endpoint takes
     * @return one of {@code accepted}
     * @throws ProblemException {@code unsupported-media-type} if it is another one or missing
     */
    public static String ofBody(@Nullable String contentType, String... accepted) {
        String name = contentType == null ? "" : name(withoutAlias(contentType));
        if (!List.of(accepted).contains(name)) {
            throw Problem.of(
                            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                            "header Content-Type is %s; expected %s"
                                    .formatted(
                                            name.isEmpty() ? "missing" : "'" + Excerpt.of(name) + "'",
                                            Problem.oneOf(List.of(accepted))))
                    .exception();
        }
        return name;
    }

    /**
     * A media type or range with its own name instead of an alias, and with its parameters.
     *
     * @param text one element of a header
     */
    static String withoutAlias(String text) {
        String canonical = ALIASES.get(name(text));
        int parameters = text.indexOf(';');
        return canonical == null ? text : canonical + (parameters < 0 ? "" : text.substring(parameters));
    }

    private static String name(String text) {
        int end = text.indexOf(';');
        return (end < 0 ? text : text.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }
}
