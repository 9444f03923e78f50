package io.telltale.live;

import io.telltale.kafka.RecordHeaders;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.SensorRegistry;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.HeaderValues;
import io.telltale.wire.RecordDecoder;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** What there is to see in a record, as far as the record and the sensors that are known tell. */
@Singleton
class LiveDecoder {

    private final Function<SensorId, @Nullable Sensor> sensors;
    private final RecordDecoder decoder = new RecordDecoder();

    /**
     * A reading to be shown.
     *
     * @param number its place among the good readings of its record, from 1
     * @param isLast whether no other good reading follows in the record
     */
    record LiveReading(Reading reading, @Nullable String site, int number, boolean isLast) {}

    @Inject
    LiveDecoder(SensorRegistry sensors) {
        this(sensors::cached);
    }

    /** @param sensors finds a registered sensor without waiting; null if it is not cached */
    LiveDecoder(Function<SensorId, @Nullable Sensor> sensors) {
        this.sensors = sensors;
    }

    /**
     * The readings of a record; none if nobody wants them.
     *
     * @param mayMatch asked before the record is decoded, with its key; null where that does not say whose readings it has
     */
    List<LiveReading> decode(ConsumerRecord<byte[], byte[]> record, BiPredicate<SensorType, @Nullable SensorId> mayMatch) {
        SensorType type = SensorType.ofTopic(record.topic());
        HeaderValues headers = RecordHeaders.of(record);
        if (!mayMatch.test(type, RecordDecoder.isPack(headers) ? null : key(record))) {
            return List.of();
        }
        var accepted = decoder.decode(type, headers, record.key(), record.value(), record.timestamp())
                .accepted();
        List<LiveReading> shown = new ArrayList<>(accepted.size());
        int number = 0;
        for (Accepted one : accepted) {
            number++;
            Reading reading = one.reading();
            Sensor sensor = sensors.apply(reading.sensorId());
            if (sensor == null || sensor.type().equals(type)) {
                Description described = sensor == null ? one.description() : sensor.describedBy(one.description());
                shown.add(new LiveReading(reading, described.site(), number, number == accepted.size()));
            }
        }
        return shown;
    }

    private static @Nullable SensorId key(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null || record.key().length > SensorId.MAX_LENGTH) {
            return null;
        }
        String key = new String(record.key(), StandardCharsets.UTF_8);
        return SensorId.isValid(key) ? new SensorId(key) : null;
    }
}
