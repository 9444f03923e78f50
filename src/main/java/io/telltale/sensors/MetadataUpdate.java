package io.telltale.sensors;

import java.util.Set;

/**
 * What a person changes of a sensor: the fields that are named, and no other.
 *
 * @param named the fields that change
 * @param values what they change to; one that is absent here is taken back, so that readings have the say again. Of
 *     fields that are not named it says nothing
 */
public record MetadataUpdate(Set<Field> named, SensorMetadata values) {

    /** A field that a person may set. The labels are one field: they are replaced together. */
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

    /** What is set once this change was made. */
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
