package io.telltale.live;

import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.NewDeletions;
import io.telltale.store.SensorRegistry;
import io.telltale.store.Shreddings;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Fails with an error at records with a certain key. */
@Alternative
@Priority(1)
@Singleton
class FragileDecoder extends LiveDecoder {

    private volatile @Nullable String breaking;

    @Inject
    FragileDecoder(SensorRegistry sensors, NewDeletions deletions, Shreddings shreddings) {
        super(sensors, deletions, shreddings);
    }

    /** @param key null for none, as initially */
    void breakAt(@Nullable String key) {
        breaking = key;
    }

    /** NullAway does not see in a class file that the sensor may be null. */
    @Override
    @SuppressWarnings("NullAway")
    List<LiveReading> decode(
            ConsumerRecord<byte[], byte[]> record,
            BiPredicate<SensorType, @Nullable SensorId> mayMatch,
            Function<SensorId, @Nullable Sensor> found) {
        String key = breaking;
        if (key != null && key.equals(new String(record.key(), StandardCharsets.UTF_8))) {
            throw new StackOverflowError("a record that cannot be decoded");
        }
        return super.decode(record, mayMatch, found);
    }
}
