package io.telltale.letters;

import io.telltale.letters.ReplayView.Skipped;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Sends letters to the topics that they were rejected from: key, body and headers as they were, in the same partition,
 * so that a sensor's records stay together whatever the partitioner of its producer. The record time is that of the
 * replay: the original one is unknown, and only a new one can change the verdict on a timestamp in the future.
 */
final class LetterReplay {

    private final Map<String, List<PartitionInfo>> topics;
    private final List<Skipped> skipped = new ArrayList<>();
    private final List<DeadLetter> letters = new ArrayList<>();
    private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();

    /**
     * The result of a replay.
     *
     * @param replayed the number of letters that Kafka has acknowledged
     * @param skipped the letters that cannot be replayed
     * @param remaining the letters that Kafka has not acknowledged
     * @param failure why not; null if none remain
     */
    record Result(
            int replayed,
            List<Skipped> skipped,
            List<DeadLetter> remaining,
            @Nullable Exception failure) {}

    /** @param topics the topics that exist */
    LetterReplay(Map<String, List<PartitionInfo>> topics) {
        this.topics = topics;
    }

    /** Skips a letter. */
    void skip(LetterId id, String detail) {
        skipped.add(new Skipped(id.toString(), detail));
    }

    /** Adds a letter, or skips it if it cannot be replayed. Letters are sent in the order of the calls. */
    void add(DeadLetter letter) {
        String topic = letter.topic();
        if (topic == null || !SensorType.isTopic(topic)) {
            skip(
                    letter.id(),
                    topic == null
                            ? "it has no header dead-letter-topic"
                            : "it names topic '%s', which is no topic of readings".formatted(Excerpt.of(topic)));
        } else if (letter.isBodyLeftOut()) {
            skip(letter.id(), "its body was too large for the dead-letter topic, and is lost");
        } else if (!topics.containsKey(topic)) {
            skip(letter.id(), "topic %s does not exist".formatted(topic));
        } else {
            letters.add(letter);
            records.add(new ProducerRecord<>(
                    topic,
                    partition(letter, topic),
                    letter.record().key(),
                    letter.record().value(),
                    letter.originalHeaders()));
        }
    }

    /** Null, for the choice of the producer, if the topic was recreated with fewer partitions. */
    private @Nullable Integer partition(DeadLetter letter, String topic) {
        Integer partition = letter.partition();
        return partition != null
                        && partition < topics.getOrDefault(topic, List.of()).size()
                ? partition
                : null;
    }

    /** Sends the added letters. Blocks. */
    Result send(ReplaySender sender) {
        if (records.isEmpty()) {
            return new Result(0, skipped, List.of(), null);
        }
        List<Optional<Exception>> results = sender.send(records);
        int replayed = 0;
        List<DeadLetter> remaining = new ArrayList<>();
        Exception first = null;
        for (int i = 0; i < results.size(); i++) {
            Exception failure = results.get(i).orElse(null);
            if (failure == null) {
                replayed++;
            } else if (failure instanceof RecordTooLargeException) {
                skip(letters.get(i).id(), "it is larger than its topic accepts");
            } else {
                remaining.add(letters.get(i));
                first = first == null ? failure : first;
            }
        }
        return new Result(replayed, skipped, remaining, first);
    }
}
