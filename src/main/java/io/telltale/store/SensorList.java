package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import io.telltale.sensors.MetadataUpdate.Field;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A list of sensors in Cassandra: those of a type, at a site, with a label, or with an expected interval. It is spread
 * over {@link SensorListEntries#SLOTS} partitions by sensor id.
 *
 * @param field {@code label.<name>} or {@code expectedInterval} for a list by metadata
 */
record SensorList(Kind kind, String field, String value) {

    /** The sensors with an expected interval. */
    static final SensorList EXPECTED = new SensorList(Kind.EXPECTED, "expectedInterval", "");

    private static final String LABEL_PREFIX = "label.";

    /** What the sensors of a list have in common. */
    enum Kind {
        TYPE,
        SITE,
        LABEL,
        EXPECTED;

        boolean isMetadata() {
            return this == LABEL || this == EXPECTED;
        }
    }

    static SensorList ofType(SensorType type) {
        return new SensorList(Kind.TYPE, FilterValue.TYPES, type.name());
    }

    static SensorList ofSite(String site) {
        return new SensorList(Kind.SITE, FilterValue.SITES, site);
    }

    static SensorList ofLabel(String name, String value) {
        return new SensorList(Kind.LABEL, LABEL_PREFIX + name, value);
    }

    /** The lists whose intersection a filter selects. */
    static List<SensorList> of(SensorFilter filter) {
        List<SensorList> lists = new ArrayList<>();
        filter.labels().forEach((name, value) -> lists.add(ofLabel(name, value)));
        if (filter.site() != null) {
            lists.add(ofSite(filter.site()));
        }
        if (filter.type() != null) {
            lists.add(ofType(filter.type()));
        }
        return lists;
    }

    /** The lists that a sensor belongs to. */
    static Set<SensorList> of(Sensor sensor) {
        Set<SensorList> lists = new LinkedHashSet<>();
        lists.add(ofType(sensor.type()));
        String site = sensor.description().site();
        if (site != null) {
            lists.add(ofSite(site));
        }
        sensor.assigned().labels().forEach((name, text) -> lists.add(ofLabel(name, text)));
        if (sensor.assigned().expectedInterval() != null) {
            lists.add(EXPECTED);
        }
        return lists;
    }

    /** Whether a sensor belongs to this list. */
    boolean has(Sensor sensor) {
        return switch (kind) {
            case TYPE -> sensor.type().name().equals(value);
            case SITE -> value.equals(sensor.description().site());
            case LABEL -> value.equals(sensor.assigned().labels().get(labelName()));
            case EXPECTED -> sensor.assigned().expectedInterval() != null;
        };
    }

    /** The field of a sensor's metadata that the list depends on; null if it never changes. */
    @Nullable
    Field dependsOn() {
        return switch (kind) {
            case TYPE -> null;
            case SITE -> Field.SITE;
            case LABEL -> Field.LABELS;
            case EXPECTED -> Field.EXPECTED_INTERVAL;
        };
    }

    /** The values of filters that the sensors of this list have. */
    List<FilterValue> filterValues() {
        return switch (kind) {
            case TYPE, SITE -> List.of(new FilterValue(field, value));
            case LABEL -> List.of(new FilterValue(FilterValue.LABELS, labelName()), new FilterValue(field, value));
            case EXPECTED -> List.of();
        };
    }

    private String labelName() {
        return field.substring(LABEL_PREFIX.length());
    }

    /**
     * A statement on one slot of this list, with the first parameters bound.
     *
     * @param at the index of the first parameter that names the slot
     */
    BoundStatementBuilder bind(Statements statements, Operation operation, int at, int slot) {
        BoundStatementBuilder statement = statements.get(operation.of(kind)).boundStatementBuilder();
        if (kind.isMetadata()) {
            return statement.setString(at, field).setString(at + 1, value).setInt(at + 2, slot);
        }
        return statement.setString(at, value).setInt(at + 1, slot);
    }

    /** How many parameters name a slot of this list. */
    int parameters() {
        return kind.isMetadata() ? 3 : 2;
    }

    /** A statement on one slot of a list. */
    enum Operation {
        INSERT(Cql.LIST_BY_TYPE, Cql.LIST_BY_SITE, Cql.LIST_BY_METADATA),
        DELETE(Cql.UNLIST_FROM_TYPE, Cql.UNLIST_FROM_SITE, Cql.UNLIST_FROM_METADATA),
        READ(Cql.SENSORS_BY_TYPE, Cql.SENSORS_BY_SITE, Cql.SENSORS_BY_METADATA),
        SELECT_AMONG(Cql.SENSORS_OF_TYPE_AMONG, Cql.SENSORS_OF_SITE_AMONG, Cql.SENSORS_OF_METADATA_AMONG);

        private final Cql byType;
        private final Cql bySite;
        private final Cql byMetadata;

        Operation(Cql byType, Cql bySite, Cql byMetadata) {
            this.byType = byType;
            this.bySite = bySite;
            this.byMetadata = byMetadata;
        }

        private Cql of(Kind kind) {
            return switch (kind) {
                case TYPE -> byType;
                case SITE -> bySite;
                case LABEL, EXPECTED -> byMetadata;
            };
        }
    }
}
