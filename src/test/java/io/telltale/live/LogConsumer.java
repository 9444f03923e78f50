package io.telltale.live;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/**
 * Kafka's mock consumer, fed from a {@link KafkaLog}: positions skip transaction markers, offsets can be out of range.
 */
final class LogConsumer extends MockConsumer<byte[], byte[]> {

    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    /** More than any test needs: a consumer that does not end fails its test and does not hang it. */
    private static final int MAX_REQUESTS = 1_000;

    private final KafkaLog log;
    private final Runnable onPoll;
    private final int maxRecords;
    private int polls;
    private int requests;

    /**
     * A consumer without an assignment.
     *
     * @param onPoll runs at the start of each poll
     * @param maxRecords the maximum number of records of a poll
     */
    LogConsumer(KafkaLog log, Runnable onPoll, int maxRecords) {
        super("none");
        this.log = log;
        this.onPoll = onPoll;
        this.maxRecords = maxRecords;
    }

    int polls() {
        return polls;
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        polls++;
        onPoll.run();
        request();
        int rest = maxRecords;
        for (TopicPartition partition : existing()) {
            long position = position(partition);
            if (position < log.start(partition) || position > log.end(partition)) {
                throw new OffsetOutOfRangeException(Map.of(partition, position));
            }
            var records = log.records(partition, position(partition), rest);
            records.forEach(this::addRecord);
            rest -= records.size();
        }
        ConsumerRecords<byte[], byte[]> found = super.poll(timeout);
        existing().forEach(partition -> seek(partition, log.behindMarkers(partition, position(partition))));
        return found;
    }

    private void request() {
        requests++;
        if (requests > MAX_REQUESTS) {
            throw new AssertionError("%d requests of one consumer".formatted(requests));
        }
        log.requireAnswer();
    }

    private List<TopicPartition> existing() {
        return assignment().stream().filter(log::has).sorted(ORDER).toList();
    }

    @Override
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions, Duration timeout) {
        request();
        return partitions.stream().collect(Collectors.toMap(partition -> partition, log::start));
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions, Duration timeout) {
        request();
        return partitions.stream().collect(Collectors.toMap(partition -> partition, log::end));
    }
}
