package io.telltale.letters;

import io.telltale.letters.LetterRanges.Range;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads the selected records of one partition backward. Kafka reads forward only: so it reads a chunk of offsets before
 * the chunk of before, and keeps the newest selected records of it. Chunks grow while their records are small.
 */
final class PartitionScan {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long FIRST_CHUNK = 64;
    private static final long MAX_CHUNK = 16_384;

    /**
     * A chunk that takes more than this is followed by a smaller one, so that each is read long before the deadline.
     */
    private static final long LARGE_CHUNK_BYTES = 4 << 20;

    private final TopicPartition partition;
    private final long from;
    private final long maxBytes;

    /** The selected records that were read and not yet taken, newest first. */
    private final Deque<ConsumerRecord<byte[], byte[]>> found = new ArrayDeque<>();

    /** Everything from here on was read, and is taken, found or not selected. */
    private long unread;

    private long chunk = FIRST_CHUNK;

    /** @param maxBytes the approximate memory of the found records; one record may exceed it */
    PartitionScan(TopicPartition partition, Range range, long maxBytes) {
        this.partition = partition;
        this.from = range.from();
        this.unread = range.to();
        this.maxBytes = maxBytes;
    }

    int partition() {
        return partition.partition();
    }

    /** The newest record that was found and not taken; null if there is none, or a chunk is due. */
    @Nullable
    ConsumerRecord<byte[], byte[]> peek() {
        return found.peekFirst();
    }

    ConsumerRecord<byte[], byte[]> take() {
        return Objects.requireNonNull(found.pollFirst(), "peek() was null");
    }

    boolean isChunkDue() {
        return found.isEmpty() && unread > from;
    }

    boolean isFinished() {
        return found.isEmpty() && unread <= from;
    }

    /** The offset after the next record to take. */
    long end() {
        ConsumerRecord<byte[], byte[]> next = found.peekFirst();
        return next == null ? unread : next.offset() + 1;
    }

    /**
     * Reads a chunk. Blocks.
     *
     * @return false if the limits ended it before it was read: then it changed nothing
     */
    boolean readChunk(
            Consumer<byte[], byte[]> consumer, Predicate<ConsumerRecord<byte[], byte[]>> filter, ReadLimits limits) {
        long start = Math.max(from, unread - chunk);
        long kept = start;
        long bytes = 0;
        long readBytes = 0;
        Deque<ConsumerRecord<byte[], byte[]>> selected = new ArrayDeque<>();
        consumer.assign(List.of(partition));
        consumer.seek(partition, start);
        while (consumer.position(partition) < unread) {
            if (limits.isOver()) {
                return false;
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                readBytes += DeadLetter.sizeBytes(record);
                if (record.offset() < unread && filter.test(record)) {
                    selected.addFirst(record);
                    bytes += DeadLetter.sizeBytes(record);
                    while (selected.size() > 1 && (bytes > maxBytes || selected.size() > limits.letters())) {
                        ConsumerRecord<byte[], byte[]> oldest = selected.removeLast();
                        bytes -= DeadLetter.sizeBytes(oldest);
                        kept = oldest.offset() + 1;
                    }
                }
            }
        }
        found.addAll(selected);
        unread = kept;
        chunk = readBytes > LARGE_CHUNK_BYTES ? Math.max(1, chunk / 2) : Math.min(MAX_CHUNK, 2 * chunk);
        return true;
    }
}
