package io.telltale.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Rejected;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of one entry of a pack. A field is valid, has a fault, or is null because it is absent. */
final class SenMlEntry {

    static final Set<SenMlLabel> VALUES =
            EnumSet.of(SenMlLabel.NUMBER, SenMlLabel.TEXT, SenMlLabel.FLAG, SenMlLabel.DATA);

    /** The value of {@link #version} for a field without a valid version. */
    static final int NO_VERSION = -1;

    @Nullable
    Integer version;

    @Nullable
    String baseName;

    @Nullable
    String name;

    @Nullable
    JsonNumber baseTime;

    @Nullable
    JsonNumber time;

    @Nullable
    JsonNumber baseValue;

    @Nullable
    Value value;

    @Nullable
    String baseUnit;

    @Nullable
    String unit;

    private final int index;
    private final EnumSet<SenMlLabel> seen = EnumSet.noneOf(SenMlLabel.class);
    // Nearly all entries have none.
    private Map<SenMlLabel, Rejected> faults = Map.of();
    private Map<SenMlLabel, DroppedField> dropped = Map.of();
    private @Nullable JsonNumber number;
    private @Nullable String numberText;

    SenMlEntry(int index) {
        this.index = index;
    }

    /** Records that a field is present; false if it is repeated and must not be. */
    boolean see(SenMlLabel label) {
        boolean isFirst = seen.add(label);
        if (!isFirst && label.isDroppable()) {
            drop(label, "given twice");
        }
        return isFirst || label.isDroppable();
    }

    /** Reads the value of a field at the current token. */
    void read(SenMlLabel label, JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL && !VALUES.contains(label)) {
            return;
        }
        switch (label) {
            case BASE_VERSION -> version = version(json);
            case BASE_NAME -> baseName = sound(label, name(json), json);
            case NAME -> name = sound(label, name(json), json);
            case BASE_TIME -> baseTime = sound(label, JsonNumber.read(json), json);
            case TIME -> time = sound(label, JsonNumber.read(json), json);
            case BASE_VALUE -> baseValue = sound(label, JsonNumber.read(json), json);
            case NUMBER, TEXT, FLAG, DATA -> readValue(label, json);
            case BASE_UNIT -> baseUnit = unit(label, json);
            case UNIT -> unit = unit(label, json);
            case SUM -> {
                // Only its presence matters: it explains a missing value.
            }
        }
    }

    /** The fault of a field; null if it is valid or absent. */
    @Nullable
    Rejected fault(SenMlLabel label) {
        return faults.get(label);
    }

    /** The invalid units. */
    Collection<DroppedField> dropped() {
        return dropped.values();
    }

    boolean hasDropped(SenMlLabel label) {
        return dropped.containsKey(label);
    }

    /** The fault of the value; null if it is valid. */
    @Nullable
    Rejected valueFault() {
        Set<SenMlLabel> values = EnumSet.copyOf(VALUES);
        values.retainAll(seen);
        if (values.isEmpty()) {
            return new Rejected(
                    Rejection.MISSING_FIELD,
                    "value is missing%s; expected one of v, vs and vb"
                            .formatted(seen.contains(SenMlLabel.SUM) ? ", with only a sum (s)" : ""));
        }
        if (values.size() > 1) {
            return new Rejected(
                    Rejection.INVALID_VALUE, "value is given as %s; expected one of v, vs and vb".formatted(values));
        }
        return faults.get(values.iterator().next());
    }

    boolean hasNumber() {
        return seen.contains(SenMlLabel.NUMBER);
    }

    /** Adds a base value to the number. */
    void add(JsonNumber base) {
        value = number == null ? null : number.plus(base);
        if (value == null) {
            fail(SenMlLabel.NUMBER, "%s, to be added to bv %s".formatted(numberText, base.decimal()));
        } else if (!faults.isEmpty()) {
            // A number may be valid only after adding its base value.
            faults.remove(SenMlLabel.NUMBER);
        }
    }

    private void readValue(SenMlLabel label, JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        boolean hasForm =
                switch (label) {
                    case NUMBER -> token.isNumeric();
                    case TEXT -> token == JsonToken.VALUE_STRING;
                    case FLAG -> token.isBoolean();
                    default -> false;
                };
        value = hasForm ? JsonValue.read(json) : null;
        if (value == null) {
            fail(label, hasForm ? JsonValue.fault(json) : JsonValue.found(json));
        }
        if (label == SenMlLabel.NUMBER) {
            number = JsonNumber.read(json);
            numberText = JsonValue.found(json);
        }
    }

    private <T> @Nullable T sound(SenMlLabel label, @Nullable T field, JsonParser json) throws IOException {
        if (field == null) {
            String found = JsonValue.found(json);
            // A fault of a base field also concerns later entries.
            fail(label, label.isBase() ? "%s in entry %d".formatted(found, index) : found);
        }
        return field;
    }

    private static int version(JsonParser json) throws IOException {
        boolean isInt =
                json.currentToken() == JsonToken.VALUE_NUMBER_INT && json.getNumberType() == JsonParser.NumberType.INT;
        return isInt ? json.getIntValue() : NO_VERSION;
    }

    private static @Nullable String name(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            return null;
        }
        String text = json.getText();
        // Truncated after one excess character: enough for the fault, and less to keep across entries.
        return text.length() <= SensorId.MAX_LENGTH ? text : text.substring(0, SensorId.MAX_LENGTH + 1);
    }

    private @Nullable String unit(SenMlLabel label, JsonParser json) throws IOException {
        String text = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : null;
        if (text == null || (!text.isEmpty() && !Description.isUnit(text))) {
            drop(label, JsonValue.found(json));
            return null;
        }
        return text.isEmpty() ? null : text;
    }

    private void fail(SenMlLabel label, String found) {
        if (faults.isEmpty()) {
            faults = new EnumMap<>(SenMlLabel.class);
        }
        faults.put(label, label.fault(found));
    }

    private void drop(SenMlLabel label, String found) {
        if (dropped.isEmpty()) {
            dropped = new EnumMap<>(SenMlLabel.class);
        }
        dropped.putIfAbsent(label, label.dropped(found));
    }
}
