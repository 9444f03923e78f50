package io.telltale.letters;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.letters.LetterRanges.Range;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** A dead-letter topic in memory, and a consumer of it that returns a few records per poll. */
final class LetterLog extends MockConsumer<byte[], byte[]> {

    static final int TOPIC_ID_HASH = 0x1f3a9c2e;

    private static final String TOPIC = "sensor-dead-letters";
    private static final int MAX_RECORDS = 50;

    /** By offset; empty where a transaction marker is. */
    private final Map<TopicPartition, List<Optional<ConsumerRecord<byte[], byte[]>>>> entries = new LinkedHashMap<>();

    private Runnable onPoll = () -> {};
    private int polls;

    LetterLog(int partitions) {
        super("earliest");
        for (int partition = 0; partition < partitions; partition++) {
            entries.put(new TopicPartition(TOPIC, partition), new ArrayList<>());
        }
    }

    void onPoll(Runnable task) {
        onPoll = task;
    }

    int polls() {
        return polls;
    }

    /** Appends a letter and returns its id. */
    LetterId add(int partition, long rejectedAtMillis, String key, String body, String... headers) {
        RecordHeaders all = new RecordHeaders();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(headers[i], headers[i + 1].getBytes(UTF_8));
        }
        return add(partition, rejectedAtMillis, key.getBytes(UTF_8), body.getBytes(UTF_8), all);
    }

    LetterId add(
            int partition,
            long rejectedAtMillis,
            byte @Nullable [] key,
            byte @Nullable [] body,
            RecordHeaders headers) {
        List<Optional<ConsumerRecord<byte[], byte[]>>> log = log(partition);
        long offset = log.size();
        log.add(Optional.of(new ConsumerRecord<>(
                TOPIC,
                partition,
                offset,
                rejectedAtMillis,
                TimestampType.LOG_APPEND_TIME,
                key == null ? -1 : key.length,
                body == null ? -1 : body.length,
                key,
                body,
                headers,
                Optional.empty())));
        return new LetterId(TOPIC_ID_HASH, partition, offset);
    }

    void addMarkers(int partition, int markers) {
        for (int i = 0; i < markers; i++) {
            log(partition).add(Optional.empty());
        }
    }

    /** The whole log. */
    LetterRanges ranges() {
        return rangesFrom(0);
    }

    LetterRanges rangesFrom(long offset) {
        Map<TopicPartition, Range> ranges = new LinkedHashMap<>();
        entries.forEach((partition, log) -> ranges.put(partition, new Range(offset, log.size())));
        return new LetterRanges(TOPIC_ID_HASH, ranges);
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        polls++;
        onPoll.run();
        for (TopicPartition partition : assignment()) {
            List<Optional<ConsumerRecord<byte[], byte[]>>> log = log(partition.partition());
            log.subList((int) position(partition), log.size()).stream()
                    .flatMap(Optional::stream)
                    .limit(MAX_RECORDS)
                    .forEach(this::addRecord);
        }
        ConsumerRecords<byte[], byte[]> found = super.poll(timeout);
        assignment().forEach(this::skipMarkers);
        return found;
    }

    private void skipMarkers(TopicPartition partition) {
        List<Optional<ConsumerRecord<byte[], byte[]>>> log = log(partition.partition());
        long next = position(partition);
        while (next < log.size() && log.get((int) next).isEmpty()) {
            next++;
        }
        seek(partition, next);
    }

    private List<Optional<ConsumerRecord<byte[], byte[]>>> log(int partition) {
        return Objects.requireNonNull(entries.get(new TopicPartition(TOPIC, partition)));
    }
}
