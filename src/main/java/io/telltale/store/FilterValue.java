package io.telltale.store;

/**
 * A value that a filter can have, as table {@code filter_values} keeps it.
 *
 * @param filter {@link #TYPES}, {@link #SITES}, {@link #LABELS} for the names of labels, or {@link #ofLabel} for the
 *     values of one
 */
record FilterValue(String filter, String value) {

    static final String TYPES = "type";
    static final String SITES = "site";
    static final String LABELS = "label";

    private static final String LABEL_PREFIX = LABELS + ".";

    /** How many partitions the values of a filter are spread over. Never change it: it determines where they are. */
    static final int SLOTS = 16;

    /** The filter of a label's values. */
    static String ofLabel(String name) {
        return LABEL_PREFIX + name;
    }

    /** The list of the sensors with this value. Names of labels have none. */
    SensorList list() {
        return switch (filter) {
            case TYPES -> new SensorList(SensorList.Kind.TYPE, TYPES, value);
            case SITES -> new SensorList(SensorList.Kind.SITE, SITES, value);
            default -> SensorList.ofLabel(filter.substring(LABEL_PREFIX.length()), value);
        };
    }

    /** Whether this is the name of a label. */
    boolean isLabelName() {
        return filter.equals(LABELS);
    }

    int slot() {
        return Math.floorMod(Layout.hash(value), SLOTS);
    }
}
