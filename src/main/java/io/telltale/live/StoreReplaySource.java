package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.kafka.Topic;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.store.IngestProgress;
import io.telltale.store.IngestProgress.TopicProgress;
import io.telltale.store.ReadingStore;
import io.telltale.store.SensorLists;
import io.telltale.store.SensorRegistry;
import io.telltale.store.StoredReading;
import io.telltale.store.TopicEpochs;
import io.telltale.store.TopicEpochs.NewestIncarnation;
import io.telltale.store.TopicEpochs.TopicIncarnation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;

/** Delegates to the classes of the store. */
@Singleton
class StoreReplaySource implements ReplaySource {

    private final IngestProgress progress;
    private final TopicEpochs epochs;
    private final ReadingStore readings;
    private final SensorLists lists;
    private final SensorRegistry registry;

    @Inject
    StoreReplaySource(
            IngestProgress progress,
            TopicEpochs epochs,
            ReadingStore readings,
            SensorLists lists,
            SensorRegistry registry) {
        this.progress = progress;
        this.epochs = epochs;
        this.readings = readings;
        this.lists = lists;
        this.registry = registry;
    }

    @Override
    public Uni<TopicProgress> progress(String topic, String topicId) {
        return progress.of(topic, topicId);
    }

    @Override
    public Uni<List<Incarnation>> incarnations(String topic) {
        return epochs.incarnations(topic)
                .map(all -> all.stream().map(StoreReplaySource::incarnation).toList());
    }

    @Override
    public Uni<Map<String, Incarnation>> newestIncarnations() {
        return epochs.newest().map(all -> all.stream()
                .collect(Collectors.toMap(NewestIncarnation::topic, newest -> incarnation(newest.incarnation()))));
    }

    private static Incarnation incarnation(TopicIncarnation stored) {
        return new Incarnation(
                Topic.idHash(Uuid.fromString(stored.topicId())),
                stored.epoch(),
                TimeUnit.MICROSECONDS.toMillis(stored.assignedAtMicros()));
    }

    @Override
    public Uni<Void> assignEpoch(Topic topic, Uni<Boolean> exists) {
        return epochs.of(topic.name(), topic.id().toString(), exists).replaceWithVoid();
    }

    @Override
    public Uni<Optional<Sensor>> sensor(SensorId id) {
        return registry.read(id, Consistency.DEFAULT);
    }

    @Override
    public Multi<Sensor> sensors(SensorFilter filter, int likely) {
        return lists.all(filter, null, likely, Consistency.DEFAULT);
    }

    @Override
    public Multi<List<StoredReading>> range(Sensor sensor, long fromMillis, long toMillis, Order order, long limit) {
        return readings.range(sensor, fromMillis, toMillis, order, limit, Consistency.DEFAULT);
    }
}
