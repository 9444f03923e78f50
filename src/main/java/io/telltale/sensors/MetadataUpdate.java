package io.telltale.sensors;

import java.util.Set;

/**
 * A change of the metadata of a sensor.
 *
 * @param named the fields that change
 * @param values their new values; a named field that is absent here is removed, so that the value from readings applies
 *     again
 */
public record MetadataUpdate(Set<Field> named, SensorMetadata values) {

    /** A field of the metadata. All labels are one field: they are replaced together. */
    public enum Field {
        UNIT,
        SITE,
        NAME,
        LABELS,
        EXPECTED_INTERVAL
    }

    public MetadataUpdate {
        named = Set.copyOf(named);
    }

    public boolean names(Field field) {
        return named.contains(field);
    }

    /** The metadata after this change. */
    public SensorMetadata appliedTo(SensorMetadata before) {
        Description description = before.description();
        return new SensorMetadata(
                Description.of(
                        names(Field.UNIT) ? values.description().unit() : description.unit(),
                        names(Field.SITE) ? values.description().site() : description.site()),
                names(Field.NAME) ? values.name() : before.name(),
                names(Field.LABELS) ? values.labels() : before.labels(),
                names(Field.EXPECTED_INTERVAL) ? values.expectedInterval() : before.expectedInterval());
    }
}
