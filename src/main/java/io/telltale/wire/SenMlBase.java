package io.telltale.wire;

import io.telltale.wire.DecodeResult.Rejected;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The current base fields: each from the last entry that has it. An invalid one is a fault until the next entry with
 * it; an invalid base unit is no unit.
 */
final class SenMlBase {

    private final Map<SenMlLabel, Rejected> faults = new EnumMap<>(SenMlLabel.class);
    private String name = "";
    private BigDecimal time = BigDecimal.ZERO;
    private @Nullable JsonNumber value;
    private @Nullable String unit;

    void update(SenMlEntry entry) {
        if (isSet(SenMlLabel.BASE_NAME, entry.baseName, entry)) {
            name = entry.baseName == null ? "" : entry.baseName;
        }
        if (isSet(SenMlLabel.BASE_TIME, entry.baseTime, entry)) {
            time = entry.baseTime == null ? BigDecimal.ZERO : entry.baseTime.decimal();
        }
        if (isSet(SenMlLabel.BASE_VALUE, entry.baseValue, entry)) {
            value = entry.baseValue;
        }
        if (entry.baseUnit != null || entry.hasDropped(SenMlLabel.BASE_UNIT)) {
            unit = entry.hasDropped(SenMlLabel.BASE_UNIT) ? null : entry.baseUnit;
        }
    }

    private boolean isSet(SenMlLabel label, @Nullable Object field, SenMlEntry entry) {
        Rejected fault = entry.fault(label);
        if (fault != null) {
            faults.put(label, fault);
        } else if (field != null) {
            faults.remove(label);
        }
        return fault != null || field != null;
    }

    @Nullable
    Rejected fault(SenMlLabel label) {
        return faults.get(label);
    }

    /** The id of the sensor: base name and name. */
    String nameOf(SenMlEntry entry) {
        return entry.name == null ? name : name + entry.name;
    }

    /** The sum of base time and time, in seconds. */
    BigDecimal timeOf(SenMlEntry entry) {
        return entry.time == null ? time : time.add(entry.time.decimal());
    }

    /** The base value; null without one. */
    @Nullable
    JsonNumber value() {
        return value;
    }

    /** The unit; null without one, or if that of the entry was dropped. */
    @Nullable
    String unitOf(SenMlEntry entry) {
        if (entry.hasDropped(SenMlLabel.UNIT)) {
            return null;
        }
        return entry.unit == null ? unit : entry.unit;
    }
}
