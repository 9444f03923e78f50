package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.kafka.RecordHeaders;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.NewDeletions;
import io.telltale.store.SensorRegistry;
import io.telltale.store.Shreddings;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.HeaderValues;
import io.telltale.wire.RecordDecoder;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Decodes the readings of a record for streams. Uses only the record and the cached sensors, so it never waits. */
@Singleton
class LiveDecoder {

    private final Function<SensorId, @Nullable Sensor> sensors;
    private final Predicate<SensorId> isOutdated;
    private final Function<SensorId, Uni<Optional<Sensor>>> lookup;
    private final Deleted deleted;
    private final BooleanSupplier areDeletionsKnown;
    private final RecordDecoder decoder = new RecordDecoder();

    /**
     * An accepted reading of a record.
     *
     * @param isSiteCertain whether the site is that of the sensor now; else the record claims it, or it may be outdated
     * @param number its number among the accepted readings of the record, from 1
     * @param isLast whether it is the last of them
     */
    record LiveReading(Reading reading, @Nullable String site, boolean isSiteCertain, int number, boolean isLast) {}

    /** Tells whether a reading is deleted: by its time, or with its sensor. */
    @FunctionalInterface
    interface Deleted {
        boolean covers(Reading reading, long recordTimeMillis);
    }

    @Inject
    LiveDecoder(SensorRegistry sensors, NewDeletions deletions, Shreddings shreddings) {
        this(
                sensors::cached,
                sensors::isStale,
                id -> sensors.read(id, Consistency.DEFAULT),
                (reading, recordTimeMillis) -> deletions.known().cover(reading, recordTimeMillis),
                shreddings::areKnown);
    }

    /**
     * Creates a decoder of readings none of which was deleted.
     *
     * @param sensors finds a registered sensor without waiting; null if it is not cached
     * @param isOutdated whether what readings report of a cached sensor may have changed
     * @param lookup reads a sensor, and caches it; empty if it is not registered
     */
    LiveDecoder(
            Function<SensorId, @Nullable Sensor> sensors,
            Predicate<SensorId> isOutdated,
            Function<SensorId, Uni<Optional<Sensor>>> lookup) {
        this(sensors, isOutdated, lookup, (reading, recordTimeMillis) -> false, () -> true);
    }

    LiveDecoder(
            Function<SensorId, @Nullable Sensor> sensors,
            Predicate<SensorId> isOutdated,
            Function<SensorId, Uni<Optional<Sensor>>> lookup,
            Deleted deleted,
            BooleanSupplier areDeletionsKnown) {
        this.sensors = sensors;
        this.isOutdated = isOutdated;
        this.lookup = lookup;
        this.deleted = deleted;
        this.areDeletionsKnown = areDeletionsKnown;
    }

    /** Reads a sensor whose site is not certain; empty if it is not registered. */
    Uni<Optional<Sensor>> find(SensorId id) {
        return lookup.apply(id);
    }

    /** Whether old records can be decoded: their readings may have been deleted, and that must be known first. */
    boolean isReadyForOldRecords() {
        return areDeletionsKnown.getAsBoolean();
    }

    /**
     * Decodes a record; empty if no subscriber matches.
     *
     * @param mayMatch tests the type and the key before the record is decoded; the key is null where it names no sensor
     */
    List<LiveReading> decode(
            ConsumerRecord<byte[], byte[]> record, BiPredicate<SensorType, @Nullable SensorId> mayMatch) {
        return decode(record, mayMatch, id -> null);
    }

    /**
     * Decodes a record; empty if no subscriber matches.
     *
     * @param found gives the sensors that were just read; null for others, which the cache may have
     */
    List<LiveReading> decode(
            ConsumerRecord<byte[], byte[]> record,
            BiPredicate<SensorType, @Nullable SensorId> mayMatch,
            Function<SensorId, @Nullable Sensor> found) {
        SensorType type = SensorType.ofTopic(record.topic());
        HeaderValues headers = RecordHeaders.of(record);
        if (!mayMatch.test(type, RecordDecoder.isPack(headers) ? null : key(record))) {
            return List.of();
        }
        var accepted = decoder.decode(type, headers, record.key(), record.value(), record.timestamp())
                .accepted();
        List<LiveReading> readings = new ArrayList<>(accepted.size());
        int number = 0;
        for (Accepted one : accepted) {
            number++;
            Reading reading = one.reading();
            Sensor read = found.apply(reading.sensorId());
            // Tested before the cache is used: the sensor may be read again at any moment.
            boolean mayHaveMoved =
                    read == null && one.description().site() == null && isOutdated.test(reading.sensorId());
            Sensor sensor = read != null ? read : sensors.apply(reading.sensorId());
            if ((sensor == null || sensor.type().equals(type)) && !deleted.covers(reading, record.timestamp())) {
                Description described = sensor == null ? one.description() : sensor.describedBy(one.description());
                boolean isSiteCertain = sensor != null
                        && (!mayHaveMoved || sensor.assigned().description().site() != null);
                readings.add(
                        new LiveReading(reading, described.site(), isSiteCertain, number, number == accepted.size()));
            }
        }
        return readings;
    }

    private static @Nullable SensorId key(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null || record.key().length > SensorId.MAX_LENGTH) {
            return null;
        }
        String key = new String(record.key(), StandardCharsets.UTF_8);
        return SensorId.isValid(key) ? new SensorId(key) : null;
    }
}
