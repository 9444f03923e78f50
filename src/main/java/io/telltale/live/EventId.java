package io.telltale.live;

import io.telltale.api.Cursor;
import io.telltale.api.Fingerprint;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The id of an event, as it is read back: from where each partition goes on behind the event.
 *
 * <p>As a place of a {@link Cursor}, version 1: the version; 1 if all topics are listened to, 0 if only these; how many topics
 * follow; of each the {@link LiveTopic#mark} (4 bytes), how many partitions, and the next offset of each. Behind an event
 * in the middle of a pack follow the mark of its topic, the partition, and how many of the pack's readings were given.
 * Numbers are varints. Of all topics, those whose first records are next are left out: so is a topic that is not there
 * yet, and it begins there too.
 *
 * @param isOfAllTopics whether topics that are not named are read from their first record
 * @param within the record in whose middle it is, if it is
 */
record EventId(
        boolean isOfAllTopics, List<Topic> topics, @Nullable Within within) {

    /** The longest id, in characters. */
    static final int MAX_CHARACTERS = 1_024;

    /** What fits into that beside the 17 bytes that every cursor has. */
    private static final int MAX_BYTES = MAX_CHARACTERS * 3 / 4 - 17;

    private static final byte VERSION = 1;
    private static final int MAX_PARTITIONS = 65_536;

    /** A topic by its mark, and the next offset of each of its partitions. */
    record Topic(int mark, List<Long> next) {}

    /**
     * The middle of a record.
     *
     * @param mark of its topic
     * @param given how many of its readings were given, counted before any filter
     */
    record Within(int mark, int partition, int given) {

        boolean isIn(LiveTopic topic, TopicPartition in) {
            return topic.mark() == mark && in.partition() == partition;
        }
    }

    /** The id as text; null if it would be longer than may be. */
    static @Nullable String text(Feed feed, Positions positions, @Nullable Within within) {
        boolean isOfAllTopics = feed.types().isEmpty();
        // One more than fits, so that it is seen.
        ByteBuffer place = ByteBuffer.allocate(MAX_BYTES + 64);
        List<Positions.Topic> topics = new ArrayList<>();
        for (Positions.Topic topic : positions.topics()) {
            if (feed.listensTo(topic.topic().type()) && !(isOfAllTopics && topic.isAtTheVeryBeginning())) {
                topics.add(topic);
            }
        }
        place.put(VERSION).put((byte) (isOfAllTopics ? 1 : 0));
        putVarint(place, topics.size());
        for (Positions.Topic topic : topics) {
            place.putInt(topic.topic().mark());
            putVarint(place, topic.partitions());
            for (int partition = 0; partition < topic.partitions(); partition++) {
                putVarint(place, topic.next(partition));
                if (place.position() > MAX_BYTES) {
                    return null;
                }
            }
        }
        if (within != null) {
            place.putInt(within.mark());
            putVarint(place, within.partition());
            putVarint(place, within.given());
        }
        if (place.position() > MAX_BYTES) {
            return null;
        }
        byte[] bytes = new byte[place.position()];
        place.flip().get(bytes);
        return Cursor.encode(feed.fingerprint(), bytes);
    }

    /**
     * Reads an id back.
     *
     * @param name of the header or parameter that carried it, for messages
     * @throws ProblemException {@code bad-cursor} if it is damaged or of other filters
     */
    static EventId parse(String name, String text, Fingerprint fingerprint) {
        ByteBuffer place = ByteBuffer.wrap(Cursor.decode(name, text, fingerprint));
        try {
            if (place.get() != VERSION) {
                throw bad(name);
            }
            boolean isOfAllTopics = place.get() == 1;
            List<Topic> topics = new ArrayList<>();
            for (long left = varint(place, MAX_BYTES); left > 0; left--) {
                int mark = place.getInt();
                List<Long> next = new ArrayList<>();
                for (long partitions = varint(place, MAX_PARTITIONS); partitions > 0; partitions--) {
                    next.add(varint(place, Long.MAX_VALUE));
                }
                topics.add(new Topic(mark, List.copyOf(next)));
            }
            Within within = place.hasRemaining()
                    ? new Within(
                            place.getInt(), (int) varint(place, MAX_PARTITIONS), (int) varint(place, Integer.MAX_VALUE))
                    : null;
            if (place.hasRemaining()) {
                throw bad(name);
            }
            return new EventId(isOfAllTopics, List.copyOf(topics), within);
        } catch (BufferUnderflowException e) {
            throw bad(name);
        }
    }

    private static void putVarint(ByteBuffer target, long number) {
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            target.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        target.put((byte) rest);
    }

    private static long varint(ByteBuffer source, long max) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
            byte next = source.get();
            number |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                if (number > max) {
                    throw new BufferUnderflowException();
                }
                return number;
            }
        }
        throw new BufferUnderflowException();
    }

    private static ProblemException bad(String name) {
        return Problem.of(
                        ProblemCode.BAD_CURSOR,
                        "%s is no id of a live event; expected one as it was given out".formatted(name))
                .exception();
    }
}
