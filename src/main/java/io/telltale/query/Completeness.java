package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.query.IngestWatermarks.Watermark;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import io.telltale.store.Database;
import io.telltale.store.Retention;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Determines, before rows are read, whether a response will be complete. */
@Singleton
class Completeness {

    private final IngestWatermarks watermarks;
    private final Retention retention;
    private final Database database;

    @Inject
    Completeness(IngestWatermarks watermarks, Retention retention, Database database) {
        this.watermarks = watermarks;
        this.retention = retention;
        this.database = database;
    }

    /**
     * The metadata of a response whose rows are read afterwards.
     *
     * @param types the types of the requested sensors
     * @return completes within a second, and never fails
     */
    Uni<Meta> of(TimeRange range, Consistency consistency, Collection<SensorType> types) {
        return watermarks.of(types).map(found -> meta(range, consistency, types, found));
    }

    private Meta meta(
            TimeRange range,
            Consistency consistency,
            Collection<SensorType> types,
            Map<String, Watermark> watermarksByTopic) {
        String reason = reason(range, consistency, types, watermarksByTopic);
        return new Meta(
                consistency.parameterValue(),
                reason == null,
                reason,
                watermarksByTopic.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                topic -> Rfc3339.format(topic.getValue().throughMillis()))));
    }

    /** The first reason that applies. An empty range is always complete. */
    private @Nullable String reason(
            TimeRange range,
            Consistency consistency,
            Collection<SensorType> types,
            Map<String, Watermark> watermarksByTopic) {
        if (range.isEmpty()) {
            return null;
        }
        if (!types.stream().allMatch(type -> isIngested(watermarksByTopic.get(type.topic()), range.toMillis()))) {
            return "ingest-lag";
        }
        if (types.stream().anyMatch(type -> retention.isOver(type, range.fromMillis()))) {
            return "retention";
        }
        return database.readsMeetWrites(types, consistency) ? null : "consistency";
    }

    private static boolean isIngested(@Nullable Watermark watermark, long toMillis) {
        return watermark != null && watermark.covers(toMillis);
    }
}
