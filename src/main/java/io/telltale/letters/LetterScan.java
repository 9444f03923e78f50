package io.telltale.letters;

import io.telltale.letters.LetterPage.Stop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the newest selected letters of all partitions, by record time and within a partition by offset. Its memory does
 * not depend on the size of the topic.
 */
final class LetterScan {

    /** Of equal record times, the lower partition first, so that the order is the same each time. */
    private static final Comparator<PartitionScan> NEWEST = Comparator.comparingLong(LetterScan::recordTimeMillis)
            .thenComparing(Comparator.comparingInt(PartitionScan::partition).reversed());

    private final Consumer<byte[], byte[]> consumer;
    private final LetterRanges ranges;
    private final List<PartitionScan> partitions;
    private final ReadLimits limits;
    private final List<DeadLetter> letters = new ArrayList<>();
    private long bytes;
    private boolean hasReadAChunk;

    private LetterScan(Consumer<byte[], byte[]> consumer, LetterRanges ranges, ReadLimits limits) {
        this.consumer = consumer;
        this.ranges = ranges;
        this.limits = limits;
        long maxBytes = limits.bytes() / Math.max(1, ranges.byPartition().size());
        this.partitions = ranges.byPartition().entrySet().stream()
                .map(entry -> new PartitionScan(entry.getKey(), entry.getValue(), maxBytes))
                .sorted(Comparator.comparingInt(PartitionScan::partition))
                .toList();
    }

    /**
     * Reads a page. Blocks until the limits at the latest.
     *
     * @throws TimeoutException if Kafka has returned nothing by then
     */
    static LetterPage page(
            Consumer<byte[], byte[]> consumer,
            LetterRanges ranges,
            Predicate<ConsumerRecord<byte[], byte[]>> filter,
            ReadLimits limits) {
        return new LetterScan(consumer, ranges, limits).page(filter);
    }

    private LetterPage page(Predicate<ConsumerRecord<byte[], byte[]>> filter) {
        while (true) {
            if (partitions.stream().allMatch(PartitionScan::isFinished)) {
                return new LetterPage(letters, null, null);
            }
            if (letters.size() >= limits.letters()) {
                return stopped(Stop.LIMIT);
            }
            if (!readDueChunks(filter)) {
                return stopped(Stop.TIME);
            }
            Optional<PartitionScan> newest =
                    partitions.stream().filter(scan -> scan.peek() != null).max(NEWEST);
            if (newest.isPresent() && !add(newest.get())) {
                return stopped(Stop.SIZE);
            }
        }
    }

    /** A partition without a found record could have the newest one. */
    private boolean readDueChunks(Predicate<ConsumerRecord<byte[], byte[]>> filter) {
        for (PartitionScan scan : partitions) {
            while (scan.isChunkDue()) {
                if (limits.isOver() || !scan.readChunk(consumer, filter, limits)) {
                    return false;
                }
                hasReadAChunk = true;
            }
        }
        return true;
    }

    private boolean add(PartitionScan scan) {
        long size = DeadLetter.sizeBytes(Objects.requireNonNull(scan.peek()));
        if (bytes + size > limits.bytes() && !letters.isEmpty()) {
            return false;
        }
        bytes += size;
        ConsumerRecord<byte[], byte[]> record = scan.take();
        letters.add(new DeadLetter(new LetterId(ranges.topicIdHash(), record.partition(), record.offset()), record));
        return true;
    }

    private LetterPage stopped(Stop stop) {
        if (stop == Stop.TIME && !hasReadAChunk) {
            throw new TimeoutException("Kafka returned no dead letters in time");
        }
        List<Long> ends = new ArrayList<>();
        for (PartitionScan scan : partitions) {
            while (ends.size() < scan.partition()) {
                ends.add(0L);
            }
            ends.add(scan.end());
        }
        return new LetterPage(letters, stop, new LetterPosition(ranges.topicIdHash(), ends));
    }

    private static long recordTimeMillis(PartitionScan scan) {
        @Nullable ConsumerRecord<byte[], byte[]> next = scan.peek();
        return next == null ? Long.MIN_VALUE : next.timestamp();
    }
}
