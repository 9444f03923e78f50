package io.telltale.api;

import io.telltale.sensors.Description;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Scope;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import jakarta.ws.rs.core.UriInfo;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of one request. An endpoint declares its parameters. Any other parameter is a 400, so that a
 * typo is not ignored; so are an empty parameter and a repeated one that takes a single value.
 *
 * <p>All methods throw a {@link ProblemException} {@code bad-parameter} with the parameter, its value and what was
 * expected. Reading an undeclared parameter is a bug: {@link IllegalArgumentException}.
 */
public final class Parameters {

    /** The length of the range of a request without parameter {@code from}: 1 h. */
    private static final long DEFAULT_RANGE_MILLIS = 3_600_000;

    /** Declares the parameters {@code label.<name>}, of any names. */
    public static final String LABELS = LabelParameters.PREFIX + "<name>";

    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");
    private final Map<String, List<String>> given;
    private final Set<String> known;
    private final Scope scope;

    private Parameters(Map<String, List<String>> given, Set<String> known, Scope scope) {
        this.given = given;
        this.known = known;
        this.scope = scope;
    }

    /**
     * The parameters of a request. Call in its resource method, which has the scope of the caller.
     *
     * @param known the names that the endpoint declares
     * @throws ProblemException {@code unknown-parameter} if the request has another one
     */
    public static Parameters of(UriInfo request, String... known) {
        return of(request.getQueryParameters(), CallerScope.current(), known);
    }

    /** Like {@link #of(UriInfo, String...)}, for decoded names and values, and a caller without restrictions. */
    public static Parameters of(Map<String, List<String>> given, String... known) {
        return of(given, Scope.EVERYTHING, known);
    }

    private static Parameters of(Map<String, List<String>> given, Scope scope, String... known) {
        Set<String> names = new LinkedHashSet<>(Arrays.asList(known));
        for (String name : given.keySet()) {
            if (!isKnown(name, names)) {
                throw Problem.of(
                                ProblemCode.UNKNOWN_PARAMETER,
                                "parameter '%s' is not known; expected %s"
                                        .formatted(Excerpt.of(name), expectedNames(names)))
                        .exception();
            }
        }
        return new Parameters(given, names, scope);
    }

    /** The sensors that exist for the caller. */
    public Scope scope() {
        return scope;
    }

    /** The sensor id in a path. */
    public static SensorId sensorIdOfPath(String text) {
        return sensorId("id", text);
    }

    /** Any text, or nothing if it is absent. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(single(name));
    }

    /**
     * An integer, or a default.
     *
     * @param min the minimum, inclusive, not negative
     * @param max the maximum, inclusive
     */
    public int integer(String name, int min, int max, int defaultValue) {
        String text = single(name);
        if (text == null) {
            return defaultValue;
        }
        long value = number(text);
        if (value < min || value > max) {
            throw Problem.badParameter(name, text, "an integer from %d to %d".formatted(min, max))
                    .exception();
        }
        return (int) value;
    }

    /** The number of up to 18 digits; -1 for any other text. */
    private static long number(String text) {
        return DIGITS.matcher(text).matches() ? Long.parseLong(text) : -1;
    }

    /** {@code limit}: the highest number of results, from 1. */
    public int limit(int max, int defaultValue) {
        return integer("limit", 1, max, defaultValue);
    }

    /** {@code limit} without a maximum: from 1, up to 18 digits; unlimited by default. */
    public long anyLimit() {
        String text = single("limit");
        if (text == null) {
            return Long.MAX_VALUE;
        }
        long limit = number(text);
        if (limit < 1) {
            throw Problem.badParameter("limit", text, "an integer from 1, of at most 18 digits")
                    .exception();
        }
        return limit;
    }

    /** A constant of an enum in lower case, or nothing if it is absent. */
    public <E extends Enum<E>> Optional<E> choice(String name, Class<E> choices) {
        return choice(name, Arrays.asList(choices.getEnumConstants()));
    }

    /** Like {@link #choice(String, Class)}, for some constants of an enum. */
    public <E extends Enum<E>> Optional<E> choice(String name, List<E> choices) {
        String text = single(name);
        if (text == null) {
            return Optional.empty();
        }
        for (E choice : choices) {
            if (written(choice).equals(text)) {
                return Optional.of(choice);
            }
        }
        String expected =
                Problem.oneOf(choices.stream().map(Parameters::written).toList());
        throw Problem.badParameter(name, text, expected).exception();
    }

    /**
     * Refuses a parameter that other requests to the endpoint may have.
     *
     * @param reason why this one cannot, after "expected none; …"
     */
    public void refuse(String name, String reason) {
        text(name).ifPresent(text -> {
            throw Problem.badParameter(name, text, "none; " + reason).exception();
        });
    }

    /** {@code consistency}, by default {@code local_quorum}. */
    public Consistency consistency() {
        return choice("consistency", Consistency.class).orElse(Consistency.DEFAULT);
    }

    /** {@code order}, or a default. */
    public Order order(Order defaultOrder) {
        return choice("order", Order.class).orElse(defaultOrder);
    }

    /**
     * {@code sensor}, repeatable: the ids without duplicates in the given order; empty if it is absent.
     *
     * @param max the highest number of different ids
     */
    public List<SensorId> sensors(int max) {
        Set<SensorId> ids = new LinkedHashSet<>();
        for (String text : texts("sensor")) {
            if (text.contains(",")) {
                throw Problem.badParameter("sensor", text, "one id; repeat the parameter for more: sensor=a&sensor=b")
                        .exception();
            }
            ids.add(sensorId("sensor", text));
        }
        if (ids.size() > max) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameter sensor names %d sensors; expected at most %d".formatted(ids.size(), max))
                    .exception();
        }
        return List.copyOf(ids);
    }

    /** {@code type}, or nothing if it is absent. */
    public Optional<SensorType> type() {
        return text("type").map(text -> {
            if (!SensorType.isValid(text)) {
                throw Problem.badParameter("type", text, SensorType.FORM).exception();
            }
            return new SensorType(text);
        });
    }

    /** {@code site}, or nothing if it is absent. */
    public Optional<String> site() {
        return text("site").map(text -> {
            if (!Description.isSite(text)) {
                throw Problem.badParameter("site", text, Description.SITE_FORM).exception();
            }
            return text;
        });
    }

    /** {@code type}, {@code site} and {@code label.<name>}, which sensors must meet together. */
    public SensorFilter sensorFilter() {
        return new SensorFilter(type().orElse(null), site().orElse(null), LabelParameters.read(labels(), this::single));
    }

    /**
     * An instant in milliseconds since the epoch, or nothing if it is absent.
     *
     * @param nowMillis the value of {@code now}, in milliseconds since the epoch
     */
    public OptionalLong time(String name, long nowMillis) {
        String text = single(name);
        return text == null ? OptionalLong.empty() : OptionalLong.of(TimeParameter.parse(name, text, nowMillis));
    }

    /**
     * {@code from} and {@code to}; by default {@code to} is now and {@code from} an hour before {@code to}.
     *
     * @param nowMillis the value of {@code now}, in milliseconds since the epoch
     */
    public TimeRange timeRange(long nowMillis) {
        long toMillis = time("to", nowMillis).orElse(nowMillis);
        OptionalLong from = time("from", nowMillis);
        if (from.isEmpty()) {
            return new TimeRange(Math.max(toMillis - DEFAULT_RANGE_MILLIS, Reading.MIN_TIMESTAMP_MILLIS), toMillis);
        }
        if (from.getAsLong() > toMillis) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameter from is '%s', after parameter to, which is '%s'; expected from not after to"
                                    .formatted(shown("from"), shown("to")))
                    .exception();
        }
        return new TimeRange(from.getAsLong(), toMillis);
    }

    /**
     * {@code cursor}: the position that it encodes, or nothing if it is absent.
     *
     * @param signer called if there is a cursor
     */
    public Optional<byte[]> cursor(QueryFingerprint query, Supplier<CursorSigner> signer) {
        return text("cursor").map(text -> Cursor.decode("parameter cursor", text, query, signer.get()));
    }

    /** The problem of a cursor that has the right query, but no position of it. */
    public ProblemException foreignCursor() {
        return Problem.of(
                        ProblemCode.BAD_CURSOR,
                        "parameter cursor is '%s'; expected one of the same query"
                                .formatted(Excerpt.of(text("cursor").orElse(""))))
                .exception();
    }

    /**
     * The query that a cursor belongs to: the endpoint and the parameters that identify the query. A default is the
     * same query, sent or not; cursors of earlier releases are bound to what was sent.
     *
     * <p>The parameters {@code label.<name>} belong to the query where they are declared.
     *
     * @param request the endpoint, with the ids of its path
     * @param names the identifying parameters, without those that may change from page to page; with their defaults, as
     *     in {@code order=asc}
     */
    public QueryFingerprint fingerprint(String request, String... names) {
        QueryParts query = new QueryParts(request);
        for (String nameAndDefault : names) {
            String[] name = nameAndDefault.split("=", 2);
            query.add(name[0], texts(name[0]), name.length == 2 ? name[1] : null);
        }
        // Nothing is added without labels: cursors of earlier releases stay valid.
        labels().forEach(label -> query.add(label, texts(label), null));
        return query.fingerprint();
    }

    /** A constant of an enum as requests write it. */
    static String written(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    private static SensorId sensorId(String name, String text) {
        if (!SensorId.isValid(text)) {
            throw Problem.badParameter(name, text, SensorId.FORM).exception();
        }
        return new SensorId(text);
    }

    private @Nullable String single(String name) {
        List<String> values = texts(name);
        if (values.size() > 1) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameter %s is given %d times, first '%s'; expected it once"
                                    .formatted(name, values.size(), Excerpt.of(values.get(0))))
                    .exception();
        }
        return values.isEmpty() ? null : values.get(0);
    }

    /** All values of a repeatable parameter, in order; empty if it is absent. */
    public List<String> texts(String name) {
        if (!isKnown(name, known)) {
            throw new IllegalArgumentException("parameter '%s' is none of %s".formatted(name, known));
        }
        List<String> values = given.getOrDefault(name, List.of());
        if (values.contains("") && !LabelParameters.isLabel(name)) {
            throw Problem.badParameter(name, "", "a value, or no such parameter")
                    .exception();
        }
        return values;
    }

    private static boolean isKnown(String name, Set<String> known) {
        return known.contains(name) || (known.contains(LABELS) && LabelParameters.isLabel(name));
    }

    /** The given parameters {@code label.<name>}, sorted. */
    private List<String> labels() {
        return given.keySet().stream().filter(LabelParameters::isLabel).sorted().toList();
    }

    private String shown(String name) {
        return Excerpt.of(text(name).orElse("now"));
    }

    private static String expectedNames(Set<String> names) {
        return names.isEmpty() ? "no parameter" : "one of " + String.join(", ", names);
    }
}
