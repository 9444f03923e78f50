package io.telltale.simulate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ways a record can be bad, each good in everything but one point, so that only one reason can be right. Reasons
 * are written out here as the contract has them, and not taken from the service: otherwise it would be held to itself.
 */
@SuppressWarnings("ImmutableEnumChecker") // The functions hold nothing, which their type cannot say.
enum Malformation {
    NOT_JSON("malformed", template -> template.body().replace("\"timestamp\":", "timestamp=")),
    CUT_SHORT("malformed", template -> template.body()
            .substring(0, template.body().length() / 2)),
    NAN_LITERAL("malformed", template -> template.withValue("NaN")),
    AN_ARRAY("malformed", template -> "[1,2,3]"),
    A_BARE_NUMBER("malformed", template -> "21.40"),
    NOT_UTF8("malformed") {
        @Override
        byte[] body(Template template) {
            return template.withValue("\"ge\u00f6ffnet\"").getBytes(ISO_8859_1);
        }
    },
    EMPTY_BODY("malformed", template -> ""),
    NO_BODY("malformed") {
        @Override
        byte @Nullable [] body(Template template) {
            return null;
        }
    },

    NO_SENSOR_ID("missing-field", template -> template.without("sensorId")) {
        @Override
        @Nullable
        String key(Template template) {
            return null;
        }
    },
    NO_TIMESTAMP("missing-field", template -> template.without("timestamp")),
    NO_VALUE("missing-field", template -> template.without("value")),

    ID_WITH_A_SPACE("invalid-sensor-id", "boiler room 1"),
    ID_WITH_AN_UMLAUT("invalid-sensor-id", "t\u00fcr-0001"),
    ID_THAT_BEGINS_WITH_A_DASH("invalid-sensor-id", "-temperature-0001"),
    ID_TOO_LONG("invalid-sensor-id", "t".repeat(129)),

    KEY_OF_ANOTHER_SENSOR("key-mismatch", Template::body) {
        @Override
        String key(Template template) {
            return template.sensorId() + "-other";
        }
    },

    TYPE_OF_ANOTHER_TOPIC("type-mismatch", template -> template.with("type", "\"wind-speed\"")),

    EPOCH_SECONDS("invalid-timestamp", template -> template.withTimestamp(template.millis() / 1_000)),
    EPOCH_MICROSECONDS("invalid-timestamp", template -> template.withTimestamp(plausible(template) * 1_000)),
    EPOCH_NANOSECONDS("invalid-timestamp", template -> template.withTimestamp(plausible(template) * 1_000_000)),
    TIMESTAMP_WITHOUT_OFFSET(
            "invalid-timestamp",
            template -> template.withTimestamp(
                    Instant.ofEpochMilli(template.millis()).toString().replace("Z", ""))),
    TIMESTAMP_OF_NO_DAY("invalid-timestamp", template -> template.withTimestamp("2026-02-30T12:00:00Z")),
    TIMESTAMP_IN_WORDS("invalid-timestamp", template -> template.withTimestamp("yesterday noon")),
    TIMESTAMP_OF_NO_KIND("invalid-timestamp", template -> template.with("timestamp", "true")),

    // Far ahead of any clock, so that it is ahead of the record time whenever the fleet is said to live.
    FUTURE_DATE("timestamp-in-future", template -> template.withTimestamp("2999-12-31T23:59:59.999Z")),
    FUTURE_EPOCH_MILLIS("timestamp-in-future", template -> template.withTimestamp(32_503_680_000_000L)),

    NULL_VALUE("invalid-value", template -> template.withValue("null")),
    OBJECT_VALUE("invalid-value", template -> template.withValue("{\"celsius\":21.4}")),
    ARRAY_VALUE("invalid-value", template -> template.withValue("[21.4,21.5]")),
    NUMBER_BEYOND_DOUBLE("invalid-value", template -> template.withValue("1e400")),
    INTEGER_BETWEEN_DOUBLES("invalid-value", template -> template.withValue("9007199254740993")),
    TEXT_TOO_LONG("invalid-value", template -> template.withValue("\"" + "x".repeat(1_025) + "\"")),

    TOO_LARGE("too-large", template -> template.with("comment", "\"" + "x".repeat(64 * 1_024) + "\""));

    private static final Malformation[] ALL = values();

    private final String reason;
    private final Function<Template, String> text;
    private final @Nullable String badId;

    Malformation(String reason) {
        this(reason, null, Template::body);
    }

    Malformation(String reason, Function<Template, String> text) {
        this(reason, null, text);
    }

    Malformation(String reason, String badId) {
        this(reason, badId, template -> template.with("sensorId", "\"" + badId + "\""));
    }

    Malformation(String reason, @Nullable String badId, Function<Template, String> text) {
        this.reason = reason;
        this.badId = badId;
        this.text = text;
    }

    /** The kind that a number stands for; all are equally common. */
    static Malformation chosenBy(long number) {
        return ALL[(int) Math.floorMod(number, (long) ALL.length)];
    }

    /** The code under which the contract rejects it. */
    String reason() {
        return reason;
    }

    /** Of a bad id the key says the same, since a key that differs would be a fault of its own. */
    @Nullable
    String key(Template template) {
        return badId == null ? template.sensorId().value() : badId;
    }

    byte @Nullable [] body(Template template) {
        return text.apply(template).getBytes(UTF_8);
    }

    /** Milliseconds that look like nothing but what they are multiplied to, whenever the fleet is said to live. */
    private static long plausible(Template template) {
        return Math.max(template.millis(), 1_000_000_000_000L);
    }
}
