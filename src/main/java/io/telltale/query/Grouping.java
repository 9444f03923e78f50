package io.telltale.query;

import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorMetadata;

/**
 * Which sensors are aggregated together: parameter {@code by}.
 *
 * @param by {@code sensor}, {@code type}, {@code site}, {@code all}, or {@code label.} and the key of a label. It also
 *     names the column of rows
 */
record Grouping(String by) {

    private static final String SENSOR = "sensor";
    private static final String TYPE = "type";
    private static final String SITE = "site";
    private static final String ALL = "all";
    private static final String LABEL_PREFIX = "label.";

    /** A series for each sensor. */
    static final Grouping BY_SENSOR = new Grouping(SENSOR);

    static Grouping of(Parameters parameters) {
        String by = parameters.text("by").orElse(SENSOR);
        if (!isValid(by)) {
            throw Problem.badParameter(
                            "by",
                            by,
                            "one of sensor, type, site, label.<name>, all; a label's name is "
                                    + SensorMetadata.LABEL_KEY_FORM)
                    .exception();
        }
        return new Grouping(by);
    }

    private static boolean isValid(String by) {
        return switch (by) {
            case SENSOR, TYPE, SITE, ALL -> true;
            default -> by.startsWith(LABEL_PREFIX) && SensorMetadata.isLabelKey(labelKey(by));
        };
    }

    private static String labelKey(String by) {
        return by.substring(LABEL_PREFIX.length());
    }

    /** Whether each sensor has a series of its own. */
    boolean isBySensor() {
        return by.equals(SENSOR);
    }

    boolean isBySite() {
        return by.equals(SITE);
    }

    /** The series that a sensor belongs to. */
    SeriesKey keyOf(Sensor sensor) {
        return new SeriesKey(
                switch (by) {
                    case SENSOR -> sensor.id().value();
                    case TYPE -> sensor.type().name();
                    case SITE -> sensor.description().site();
                    case ALL -> ALL;
                    default -> sensor.assigned().labels().get(labelKey(by));
                });
    }
}
