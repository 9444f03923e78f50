package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.kafka.Topic;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.store.IngestProgress.TopicProgress;
import io.telltale.store.StoreUnavailableException;
import io.telltale.store.StoredReading;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads from the store what a replay needs, at the default consistency. Every method fails with {@link
 * StoreUnavailableException} if the store does not answer.
 */
interface ReplaySource {

    /** The durable offsets of a topic; {@code topicId} is the id that Kafka gave it. */
    Uni<TopicProgress> progress(String topic, String topicId);

    /**
     * A topic that has an epoch.
     *
     * @param idHash its {@link Topic#idHash}
     * @param assignedAtMillis when it got its epoch, by Cassandra's clock
     */
    record Incarnation(int idHash, int epoch, long assignedAtMillis) {}

    /** The incarnations of a topic that have an epoch; empty if there is none. */
    Uni<List<Incarnation>> incarnations(String topic);

    /** The newest incarnation of each topic that has one, also of deleted ones, by name. */
    Uni<Map<String, Incarnation>> newestIncarnations();

    /**
     * Gives a topic its epoch, unless it has one or is gone.
     *
     * @param exists asks Kafka whether the topic still exists
     */
    Uni<Void> assignEpoch(Topic topic, Uni<Boolean> exists);

    /** A registered sensor as it is now, because its site decides who may see its history; empty if there is none. */
    Uni<Optional<Sensor>> sensor(SensorId id);

    /**
     * All sensors that a filter selects. Reads them as they are requested.
     *
     * @param likely how many of them are usually requested
     */
    Multi<Sensor> sensors(SensorFilter filter, int likely);

    /**
     * Pages of the readings of a sensor in {@code [fromMillis, toMillis)}. Reads a page when it is requested, and one
     * ahead.
     *
     * @param limit how many readings at most
     */
    Multi<List<StoredReading>> range(Sensor sensor, long fromMillis, long toMillis, Order order, long limit);
}
