package io.telltale.wire;

import org.jspecify.annotations.Nullable;

/** The fields of a reading, in the order of precedence of their faults. Others are ignored. */
enum ReadingField {
    SENSOR_ID("sensorId"),
    TYPE("type"),
    TIMESTAMP("timestamp"),
    VALUE("value"),
    UNIT("unit"),
    SITE("site");

    private final String jsonName;

    ReadingField(String jsonName) {
        this.jsonName = jsonName;
    }

    static @Nullable ReadingField named(String jsonName) {
        return switch (jsonName) {
            case "sensorId" -> SENSOR_ID;
            case "type" -> TYPE;
            case "timestamp" -> TIMESTAMP;
            case "value" -> VALUE;
            case "unit" -> UNIT;
            case "site" -> SITE;
            default -> null;
        };
    }

    /** Whether a reading is accepted without it if it is invalid. */
    boolean isDroppable() {
        return this == UNIT || this == SITE;
    }

    /**
     * The detail of a fault.
     *
     * @param found the value, after "field is …"
     */
    String fault(String found, String expected) {
        return "%s is %s; expected %s".formatted(jsonName, found, expected);
    }
}
