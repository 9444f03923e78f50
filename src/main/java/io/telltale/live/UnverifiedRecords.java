package io.telltale.live;

import io.telltale.kafka.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The records that the tail has published since it last asked Kafka for the ids of the topics. A consumer does not
 * notice that a topic is recreated: it goes on at its offset, in the records of the new topic. When the new id is
 * known, the topic is read from its start, without these records.
 *
 * <p>Used on the tail's thread only.
 */
final class UnverifiedRecords {

    /** About 2 MB. */
    private static final int MAX_RECORDS = 20_000;

    private final List<Published> published = new ArrayList<>();

    /**
     * A published record. The name of the topic and the offset do not identify it, because the deleted topic may have
     * had another record there.
     */
    private record Published(String topic, int partition, long offset, long recordTimeMillis, long checksum) {

        static Published of(ConsumerRecord<byte[], byte[]> record) {
            CRC32C checksum = new CRC32C();
            if (record.value() != null) {
                checksum.update(record.value());
            }
            return new Published(
                    record.topic(), record.partition(), record.offset(), record.timestamp(), checksum.getValue());
        }
    }

    /** Some published records of a topic. Immutable. */
    static final class Snapshot {

        static final Snapshot EMPTY = new Snapshot(Set.of());

        private final Set<Published> published;

        private Snapshot(Set<Published> published) {
            this.published = published;
        }

        boolean contains(ConsumerRecord<byte[], byte[]> record) {
            return !published.isEmpty() && published.contains(Published.of(record));
        }
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
        published.add(Published.of(record));
    }

    /** Whether the ids must be requested before more records are published. */
    boolean isFull() {
        return published.size() >= MAX_RECORDS;
    }

    /** The records that were read under the name of a topic. */
    Snapshot of(Topic topic) {
        return new Snapshot(published.stream()
                .filter(record -> record.topic().equals(topic.name()))
                .collect(Collectors.toUnmodifiableSet()));
    }

    void clear() {
        published.clear();
    }

    /** Forgets the records that were not read under these names. */
    void retain(Set<String> topics) {
        published.removeIf(record -> !topics.contains(record.topic()));
    }

    /** Forgets the records that were read under the name of a topic. */
    void clear(String topic) {
        published.removeIf(record -> record.topic().equals(topic));
    }
}
