package io.telltale.wire;

import static java.util.Objects.requireNonNull;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Rejected;
import org.jspecify.annotations.Nullable;

/** The fields of SenML that are relevant for readings (RFC 8428, section 4.3). Others are ignored. */
enum SenMlLabel {
    BASE_VERSION("bver", Rejection.MALFORMED, "an integer from 1 to 10"),
    BASE_NAME("bn", Rejection.INVALID_SENSOR_ID, "a string"),
    NAME("n", Rejection.INVALID_SENSOR_ID, SensorId.FORM),
    BASE_TIME("bt", Rejection.INVALID_TIMESTAMP, JsonNumber.FORM),
    TIME("t", Rejection.INVALID_TIMESTAMP, JsonNumber.FORM),
    BASE_VALUE("bv", Rejection.INVALID_VALUE, JsonNumber.FORM),
    NUMBER("v", Rejection.INVALID_VALUE, "a finite number that a double can hold"),
    TEXT("vs", Rejection.INVALID_VALUE, "a string of at most %,d code points".formatted(Value.MAX_TEXT_CODE_POINTS)),
    FLAG("vb", Rejection.INVALID_VALUE, "a boolean"),
    DATA("vd", Rejection.INVALID_VALUE, "one of v, vs and vb: data is not kept"),
    SUM("s", Rejection.MISSING_FIELD, "a number"),
    BASE_UNIT("bu", null, Description.UNIT_FORM),
    UNIT("u", null, Description.UNIT_FORM);

    private final String jsonName;
    /** Null if an entry is accepted without the field if it is invalid. */
    private final @Nullable Rejection reason;

    private final String form;

    SenMlLabel(String jsonName, @Nullable Rejection reason, String form) {
        this.jsonName = jsonName;
        this.reason = reason;
        this.form = form;
    }

    static @Nullable SenMlLabel named(String jsonName) {
        return switch (jsonName) {
            case "bver" -> BASE_VERSION;
            case "bn" -> BASE_NAME;
            case "n" -> NAME;
            case "bt" -> BASE_TIME;
            case "t" -> TIME;
            case "bv" -> BASE_VALUE;
            case "v" -> NUMBER;
            case "vs" -> TEXT;
            case "vb" -> FLAG;
            case "vd" -> DATA;
            case "s" -> SUM;
            case "bu" -> BASE_UNIT;
            case "u" -> UNIT;
            default -> null;
        };
    }

    /** Whether it also applies to later entries. */
    boolean isBase() {
        return jsonName.startsWith("b");
    }

    boolean isDroppable() {
        return reason == null;
    }

    /**
     * The fault of a field with another form.
     *
     * @param found the value, after "field is …"
     */
    Rejected fault(String found) {
        return new Rejected(requireNonNull(reason, jsonName), detail(found));
    }

    private String detail(String found) {
        return "%s is %s; expected %s".formatted(jsonName, found, form);
    }

    /** A field with another form, of an entry that is accepted without it. */
    DroppedField dropped(String found) {
        return new DroppedField(DroppedField.Reason.INVALID_UNIT, detail(found));
    }

    @Override
    public String toString() {
        return jsonName;
    }
}
