package io.telltale.ingest.offsets;

import io.telltale.sensors.SensorType;

/**
 * A topic that is being ingested, as distinct from earlier topics of its name. Not a {@link io.telltale.kafka.Topic}:
 * Kafka knows no epochs, and type and id are formatted once here, not once per record or commit.
 *
 * @param id in Kafka, as written into the metadata of committed offsets
 * @param epoch the number of this incarnation, as replicas agreed in Cassandra
 */
public record TopicIncarnation(SensorType type, String id, int epoch) {}
