package io.telltale.letters;

import io.telltale.letters.LetterRanges.Range;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Reads letters by their ids. */
final class LetterLookup {

    private static final Duration POLL = Duration.ofMillis(100);

    /** To read up to this many records that are not wanted is faster than to seek behind them. */
    private static final long MAX_SKIPPED = 500;

    private final Consumer<byte[], byte[]> consumer;
    private final LetterRanges ranges;
    private final ReadLimits limits;
    private final List<DeadLetter> found = new ArrayList<>();
    private long bytes;

    private LetterLookup(Consumer<byte[], byte[]> consumer, LetterRanges ranges, ReadLimits limits) {
        this.consumer = consumer;
        this.ranges = ranges;
        this.limits = limits;
    }

    /**
     * The letters with some ids.
     *
     * @param found those that exist, by partition and offset
     * @param isCut whether their memory reached the limit, so that some were not read
     */
    record Letters(List<DeadLetter> found, boolean isCut) {}

    /**
     * Reads the letters that exist, until their memory reaches the limit. Blocks.
     *
     * @throws TimeoutException if Kafka has not returned all of them in time
     */
    static Letters read(
            Consumer<byte[], byte[]> consumer, LetterRanges ranges, Collection<LetterId> ids, ReadLimits limits) {
        LetterLookup lookup = new LetterLookup(consumer, ranges, limits);
        Map<Integer, NavigableSet<Long>> byPartition = new TreeMap<>();
        for (LetterId id : ids) {
            if (id.topicIdHash() == ranges.topicIdHash()) {
                byPartition
                        .computeIfAbsent(id.partition(), any -> new TreeSet<>())
                        .add(id.offset());
            }
        }
        ranges.byPartition()
                .forEach((partition, range) -> lookup.read(
                        partition, range, byPartition.getOrDefault(partition.partition(), new TreeSet<>())));
        return new Letters(lookup.found, lookup.bytes > limits.bytes());
    }

    private void read(TopicPartition partition, Range range, NavigableSet<Long> all) {
        NavigableSet<Long> wanted = new TreeSet<>(all.subSet(range.from(), range.to()));
        if (wanted.isEmpty()) {
            return;
        }
        consumer.assign(List.of(partition));
        consumer.seek(partition, wanted.first());
        while (!wanted.isEmpty() && bytes <= limits.bytes()) {
            if (limits.isOver()) {
                throw new TimeoutException("Kafka did not return the dead letters in time");
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (bytes <= limits.bytes() && wanted.remove(record.offset())) {
                    bytes += DeadLetter.sizeBytes(record);
                    found.add(new DeadLetter(
                            new LetterId(ranges.topicIdHash(), record.partition(), record.offset()), record));
                }
            }
            long position = consumer.position(partition);
            // No record has these offsets: of a transaction marker, or removed by compaction.
            wanted.headSet(position).clear();
            if (!wanted.isEmpty() && wanted.first() > position + MAX_SKIPPED) {
                consumer.seek(partition, wanted.first());
            }
        }
    }
}
