package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.kafka.Topic;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.IngestProgress.PartitionProgress;
import io.telltale.store.IngestProgress.TopicProgress;
import io.telltale.store.RecordOrigin;
import io.telltale.store.StoredReading;
import io.telltale.store.UnavailableStore;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.HeaderValues;
import io.telltale.wire.RecordDecoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** A store in memory, filled from a {@link KafkaLog} as ingest fills the real one. */
final class FakeReplaySource implements ReplaySource {

    private static final int PAGE_READINGS = 2;

    private final KafkaLog log;
    private final RecordDecoder decoder = new RecordDecoder();
    private final Map<SensorId, Sensor> sensors = new TreeMap<>();
    private final Map<SensorId, TreeMap<Long, StoredReading>> readings = new HashMap<>();
    private final Map<String, List<String>> topicIds = new HashMap<>();
    private final Map<String, Long> assignedAtMillis = new HashMap<>();
    private final Map<String, Map<Integer, PartitionProgress>> progress = new HashMap<>();
    private int failsAfterPages = Integer.MAX_VALUE;
    private boolean isSilent;
    private boolean refusesEpochs;
    private int pagesRead;
    private int cancellations;
    private int newestRequests;
    private Runnable beforePage = () -> {};

    FakeReplaySource(KafkaLog log) {
        this.log = log;
    }

    /** Registers a sensor without a reading. */
    void register(SensorType type, String id) {
        SensorId sensorId = new SensorId(id);
        sensors.putIfAbsent(sensorId, new Sensor(sensorId, type, Description.NONE));
    }

    /** Stores the records of a partition before an offset, and moves the durable offset there. */
    void ingest(SensorType type, int partition, long beforeOffset) {
        read(type, partition, beforeOffset).run();
    }

    /**
     * Reads the records of a partition before an offset. They are stored, as by {@link #ingest}, when the result runs.
     */
    Runnable read(SensorType type, int partition, long beforeOffset) {
        List<ConsumerRecord<byte[], byte[]>> records = records(type, partition, beforeOffset);
        String topic = type.topic();
        String id = Objects.requireNonNull(log.topics().get(topic)).id().toString();
        return () -> {
            records.forEach(record -> store(type, record, epoch(topic, id)));
            progress.computeIfAbsent(id, any -> new HashMap<>())
                    .put(
                            partition,
                            new PartitionProgress(partition, epoch(topic, id), beforeOffset, OptionalLong.empty()));
        };
    }

    /** Stores the records, but leaves the durable offset behind. */
    void store(SensorType type, int partition, long beforeOffset) {
        String id = Objects.requireNonNull(log.topics().get(type.topic())).id().toString();
        records(type, partition, beforeOffset).forEach(record -> store(type, record, epoch(type.topic(), id)));
    }

    private List<ConsumerRecord<byte[], byte[]>> records(SensorType type, int partition, long beforeOffset) {
        TopicPartition from = new TopicPartition(type.topic(), partition);
        return log.records(from, log.start(from), Integer.MAX_VALUE).stream()
                .filter(record -> record.offset() < beforeOffset)
                .toList();
    }

    private void store(SensorType type, ConsumerRecord<byte[], byte[]> record, int epoch) {
        for (Accepted accepted : decoder.decode(
                        type, HeaderValues.NONE, record.key(), record.value(), record.timestamp())
                .accepted()) {
            Reading reading = accepted.reading();
            register(type, reading.sensorId().value());
            readings.computeIfAbsent(reading.sensorId(), any -> new TreeMap<>())
                    .put(
                            reading.timestampMillis(),
                            new StoredReading(
                                    reading.timestampMillis(),
                                    reading.value(),
                                    new RecordOrigin(epoch, record.partition(), record.offset())));
        }
    }

    /** Assigns the next epoch to an incarnation without one. */
    private int epoch(String topic, String id) {
        int epoch = expectedEpoch(topic, id);
        List<String> ids = topicIds.computeIfAbsent(topic, any -> new ArrayList<>());
        if (epoch > ids.size()) {
            ids.add(id);
            assignedAtMillis.put(id, log.nowMillis());
        }
        return epoch;
    }

    /** The epoch of an incarnation, or the next one. */
    private int expectedEpoch(String topic, String id) {
        List<String> ids = topicIds.getOrDefault(topic, List.of());
        return ids.contains(id) ? ids.indexOf(id) + 1 : ids.size() + 1;
    }

    boolean hasEpoch(SensorType type) {
        Topic topic = log.topics().get(type.topic());
        return topic != null
                && topicIds.getOrDefault(type.topic(), List.of())
                        .contains(topic.id().toString());
    }

    /** Fails when so many more pages have been read. */
    void failAfterPages(int pages) {
        failsAfterPages = pagesRead + pages;
    }

    /** Answers again. */
    void recover() {
        isSilent = false;
        failsAfterPages = Integer.MAX_VALUE;
    }

    /** Gives no topic an epoch before ingest starts on it. */
    void refuseEpochs() {
        refusesEpochs = true;
    }

    /** Leaves all lookups of sensors unanswered from now on. */
    void fallSilent() {
        isSilent = true;
    }

    /** Runs a task once, before the next replay of a sensor. */
    void beforePage(Runnable task) {
        beforePage = task;
    }

    int pagesRead() {
        return pagesRead;
    }

    /** The number of requests for the newest topic of each name. */
    int newestRequests() {
        return newestRequests;
    }

    int cancellations() {
        return cancellations;
    }

    @Override
    public Uni<TopicProgress> progress(String topic, String topicId) {
        return Uni.createFrom()
                .item(() -> new TopicProgress(
                        expectedEpoch(topic, topicId), Map.copyOf(progress.getOrDefault(topicId, Map.of()))));
    }

    @Override
    public Uni<List<Incarnation>> incarnations(String topic) {
        return Uni.createFrom().item(() -> topicIds.getOrDefault(topic, List.of()).stream()
                .map(id -> incarnation(topic, id))
                .toList());
    }

    @Override
    public Uni<Map<String, Incarnation>> newestIncarnations() {
        if (failsAfterPages <= pagesRead) {
            return Uni.createFrom().failure(UnavailableStore::failure);
        }
        return Uni.createFrom().item(() -> {
            newestRequests++;
            Map<String, Incarnation> newest = new HashMap<>();
            topicIds.forEach((topic, ids) -> newest.put(topic, incarnation(topic, ids.get(ids.size() - 1))));
            return newest;
        });
    }

    private Incarnation incarnation(String topic, String id) {
        return new Incarnation(
                Topic.idHash(Uuid.fromString(id)), epoch(topic, id), Objects.requireNonNull(assignedAtMillis.get(id)));
    }

    @Override
    public Uni<Void> assignEpoch(Topic topic, Uni<Boolean> exists) {
        if (refusesEpochs) {
            return Uni.createFrom().failure(UnavailableStore::failure);
        }
        return exists.invoke(isThere -> {
                    if (isThere) {
                        epoch(topic.name(), topic.id().toString());
                    }
                })
                .replaceWithVoid();
    }

    @Override
    public Uni<Optional<Sensor>> sensor(SensorId id) {
        return isSilent
                ? Uni.createFrom().<Optional<Sensor>>nothing().onCancellation().invoke(() -> cancellations++)
                : Uni.createFrom().item(() -> Optional.ofNullable(sensors.get(id)));
    }

    @Override
    public Multi<Sensor> sensors(SensorFilter filter, int likely) {
        if (failsAfterPages <= pagesRead) {
            return Multi.createFrom().failure(UnavailableStore::failure);
        }
        return isSilent
                ? Multi.createFrom().<Sensor>nothing().onCancellation().invoke(() -> cancellations++)
                : Multi.createFrom()
                        .iterable(sensors.values())
                        .filter(sensor -> filter.type() == null || sensor.type().equals(filter.type()));
    }

    @Override
    public Multi<List<StoredReading>> range(Sensor sensor, long fromMillis, long toMillis, Order order, long limit) {
        // Not for the count before a replay, which has a limit.
        if (limit == Long.MAX_VALUE) {
            Runnable task = beforePage;
            beforePage = () -> {};
            task.run();
        }
        List<StoredReading> all = new ArrayList<>(readings.getOrDefault(sensor.id(), new TreeMap<>())
                .subMap(fromMillis, toMillis)
                .values());
        if (order == Order.DESC) {
            Collections.reverse(all);
        }
        List<StoredReading> limited = all.subList(0, (int) Math.min(all.size(), limit));
        List<List<StoredReading>> pages = new ArrayList<>();
        for (int from = 0; from < limited.size(); from += PAGE_READINGS) {
            pages.add(limited.subList(from, Math.min(limited.size(), from + PAGE_READINGS)));
        }
        return Multi.createFrom()
                .iterable(pages)
                .map(this::read)
                .onCancellation()
                .invoke(() -> cancellations++);
    }

    private List<StoredReading> read(List<StoredReading> page) {
        if (pagesRead >= failsAfterPages) {
            throw UnavailableStore.failure();
        }
        pagesRead++;
        return page;
    }
}
