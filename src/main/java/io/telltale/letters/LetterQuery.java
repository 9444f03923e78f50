package io.telltale.letters;

import io.telltale.api.CursorSigner;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.QueryFingerprint;
import io.telltale.sensors.SensorId;
import io.telltale.wire.Rejection;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The letters that a request selects.
 *
 * @param ids these letters only; empty for all that match the filter
 * @param filter the conditions
 * @param limit the highest number of letters
 * @param position where an earlier page ended; null for the first
 * @param fingerprint identifies the query in cursors
 */
record LetterQuery(
        Set<LetterId> ids,
        LetterFilter filter,
        int limit,
        @Nullable LetterPosition position,
        QueryFingerprint fingerprint) {

    private static final int MAX_LETTERS = 1_000;
    private static final int DEFAULT_LETTERS = 100;

    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final String TOPIC_FORM = "a topic: 1 to 249 letters, digits or . _ -";

    /** The query of a list. */
    static LetterQuery ofList(Parameters parameters, long nowMillis, Supplier<CursorSigner> signer) {
        return of(parameters, Set.of(), DEFAULT_LETTERS, nowMillis, signer);
    }

    /** The query of a replay, which must select something: without conditions it would replay everything by mistake. */
    static LetterQuery ofReplay(Parameters parameters, long nowMillis, Supplier<CursorSigner> signer) {
        Set<LetterId> ids = ids(parameters);
        LetterQuery query = of(parameters, ids, MAX_LETTERS, nowMillis, signer);
        if (ids.isEmpty() && query.filter.isAny()) {
            throw Problem.missingParameter(
                            "id", "it, or at least one of reason, topic, sensor, since; since=0 selects all letters")
                    .exception();
        }
        if (!ids.isEmpty()) {
            parameters.refuse("cursor", "with parameter id all letters are in one request");
            if (ids.size() > query.limit) {
                throw bad("limit", Integer.toString(query.limit), "at least the number of ids, " + ids.size());
            }
        }
        return query;
    }

    private static LetterQuery of(
            Parameters parameters, Set<LetterId> ids, int defaultLimit, long nowMillis, Supplier<CursorSigner> signer) {
        QueryFingerprint fingerprint = parameters.fingerprint("dead-letters", "reason", "topic", "sensor", "since");
        return new LetterQuery(
                ids,
                new LetterFilter(
                        reason(parameters), topic(parameters), sensor(parameters), parameters.time("since", nowMillis)),
                parameters.limit(MAX_LETTERS, defaultLimit),
                parameters
                        .cursor(fingerprint, signer)
                        .map(bytes -> LetterPosition.of(bytes).orElseThrow(parameters::foreignCursor))
                        .orElse(null),
                fingerprint);
    }

    private static Set<LetterId> ids(Parameters parameters) {
        Set<LetterId> ids = new LinkedHashSet<>();
        for (String text : parameters.texts("id")) {
            ids.add(LetterId.parse(text).orElseThrow(() -> bad("id", text, LetterId.FORM)));
        }
        if (ids.size() > MAX_LETTERS) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameter id names %d letters; expected at most %d".formatted(ids.size(), MAX_LETTERS))
                    .exception();
        }
        return ids;
    }

    private static @Nullable Rejection reason(Parameters parameters) {
        Optional<String> text = parameters.text("reason");
        if (text.isEmpty()) {
            return null;
        }
        List<Rejection> reasons = Arrays.asList(Rejection.values());
        return reasons.stream()
                .filter(reason -> reason.code().equals(text.get()))
                .findFirst()
                .orElseThrow(() -> bad(
                        "reason",
                        text.get(),
                        reasons.stream().map(Rejection::code).collect(Collectors.joining(", ", "one of ", ""))));
    }

    private static @Nullable String topic(Parameters parameters) {
        Optional<String> text = parameters.text("topic");
        if (text.isPresent() && !TOPIC.matcher(text.get()).matches()) {
            throw bad("topic", text.get(), TOPIC_FORM);
        }
        return text.orElse(null);
    }

    private static @Nullable SensorId sensor(Parameters parameters) {
        Optional<String> text = parameters.text("sensor");
        if (text.isPresent() && !SensorId.isValid(text.get())) {
            throw bad("sensor", text.get(), SensorId.FORM);
        }
        return text.map(SensorId::new).orElse(null);
    }

    private static ProblemException bad(String name, String text, String expected) {
        return Problem.badParameter(name, text, expected).exception();
    }
}
