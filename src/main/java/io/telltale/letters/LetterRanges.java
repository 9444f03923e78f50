package io.telltale.letters;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What to read of the dead-letter topic.
 *
 * @param topicIdHash 32 bits of the topic's id
 * @param byPartition the offsets to read, by partition; empty if the topic does not exist
 */
record LetterRanges(int topicIdHash, Map<TopicPartition, Range> byPartition) {

    /** The ranges of a topic that does not exist. */
    static final LetterRanges NONE = new LetterRanges(0, Map.of());

    /**
     * Offsets.
     *
     * @param from the first, inclusive
     * @param to the end, exclusive; {@code from} if there is none
     */
    record Range(long from, long to) {

        Range {
            to = Math.max(from, to);
        }
    }

    /** What is left for the next page. */
    LetterRanges before(LetterPosition position) {
        Map<TopicPartition, Range> rest = new LinkedHashMap<>();
        byPartition.forEach((partition, range) -> rest.put(
                partition,
                new Range(
                        range.from(),
                        Math.min(
                                range.to(),
                                position.topicIdHash() == topicIdHash ? position.end(partition.partition()) : 0))));
        return new LetterRanges(topicIdHash, rest);
    }
}
