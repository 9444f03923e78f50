package io.telltale.wire;

import io.telltale.wire.Decoded.Rejected;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The base fields in force: each from the last entry that had it, up to and including the one at hand. One that was unsound
 * is a fault, until it is set anew.
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
        if (isSet(SenMlLabel.BASE_UNIT, entry.baseUnit, entry)) {
            unit = entry.baseUnit;
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

    /** Base name and name together, which is what a sensor is called. */
    String nameOf(SenMlEntry entry) {
        return entry.name == null ? name : name + entry.name;
    }

    /** Base time and time together, in seconds. */
    BigDecimal timeOf(SenMlEntry entry) {
        return entry.time == null ? time : time.add(entry.time.decimal());
    }

    /** What numbers are added to; null if nothing. */
    @Nullable
    JsonNumber value() {
        return value;
    }

    @Nullable
    String unitOf(SenMlEntry entry) {
        return entry.unit == null ? unit : entry.unit;
    }
}
