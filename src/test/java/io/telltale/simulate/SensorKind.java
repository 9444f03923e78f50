package io.telltale.simulate;

import io.telltale.sensors.SensorType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a simulated sensor measures. */
public enum SensorKind {
    TEMPERATURE("Cel"),
    HUMIDITY("%RH"),
    PRESSURE("hPa"),
    POWER("W"),
    MOTION(null),
    DOOR(null);

    private final @Nullable String unit;

    SensorKind(@Nullable String unit) {
        this.unit = unit;
    }

    public SensorType type() {
        return new SensorType(name().toLowerCase(Locale.ROOT));
    }

    /** The unit of its numbers; a state has none. */
    public @Nullable String unit() {
        return unit;
    }
}
