package io.telltale.live;

import io.telltale.sensors.SensorType;
import org.apache.kafka.common.Uuid;

/**
 * A topic of readings as it is in Kafka now.
 *
 * @param id in Kafka, where a topic that is made anew gets another
 * @param partitions how many it has
 */
record LiveTopic(String name, Uuid id, int partitions) {

    SensorType type() {
        return SensorType.ofTopic(name);
    }

    /** 32 bits of its id, which is random: enough to tell the topics of one cluster apart, and what a cursor has room for. */
    int mark() {
        return Long.hashCode(id.getMostSignificantBits()) * 31 + Long.hashCode(id.getLeastSignificantBits());
    }
}
