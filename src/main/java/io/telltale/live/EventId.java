package io.telltale.live;

import io.telltale.api.Cursor;
import io.telltale.api.CursorSigner;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.QueryFingerprint;
import io.telltale.kafka.Topic;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The id of an event: from where each partition goes on behind the event, and in the middle of a replay how far history was
 * given.
 *
 * <p>As a place of a {@link Cursor}, version 2: the version; flags (1 all topics are listened to, 2 {@code caught-up} is
 * still to come, 4 within a record, 8 history is being given, 16 only a part of it); the record time around which it is, in
 * seconds; how many topics follow; of each the {@link Topic#idHash} (4 bytes), how many partitions, the next offset of
 * each, and with flag 16 how many offsets before that its history begins. With flag 4 follow the mark of a topic, the
 * partition, and how many of the record's readings were given. With flag 8 the event time from which history is given
 * (8 bytes), the length of a sensor's id, the id, and the event time of the last of its readings that was given (8 bytes);
 * the length is 0 before the first. Numbers are varints. Of all topics, those whose first records are next are left out: so is
 * a topic that is not there yet, and it begins there too.
 *
 * @param isForAllTopics whether topics that are not named are read from their first record
 * @param isCatchingUp whether {@code caught-up} is still to come
 * @param recordTimeSeconds a record time before which, or around which, all that was given had been recorded
 * @param within the record in whose middle it is, if it is
 * @param replay how far history was given, unless it is over
 */
record EventId(
        boolean isForAllTopics,
        boolean isCatchingUp,
        long recordTimeSeconds,
        List<TopicOffsets> topics,
        @Nullable PartialRecord partialRecord,
        @Nullable ReplayPosition replay) {

    /** The longest id, in characters. */
    static final int MAX_CHARACTERS = 1_024;

    /**
     * Not a keyed one: the key is Cassandra's, and live goes on without that. An id that somebody makes up gives nothing that
     * he could not ask for: records of topics that the subscription has anyway, from a place of his choice.
     */
    private static final CursorSigner SEAL = CursorSigner.CHECKSUM;

    /** What fits into that beside the 17 bytes that every cursor with this seal has. */
    private static final int MAX_BYTES = MAX_CHARACTERS * 3 / 4 - 17;

    /** Before every step that writes, so much is left, or it is too long: a sensor's id, and the numbers beside it. */
    private static final int SPARE_BYTES = 200;

    private static final byte VERSION = 2;
    private static final int ALL_TOPICS = 1;
    private static final int CATCHING_UP = 2;
    private static final int WITHIN = 4;
    private static final int REPLAY = 8;
    private static final int PART = 16;
    private static final int MAX_PARTITIONS = 65_536;

    /**
     * A topic by its mark.
     *
     * @param next the next offset of each of its partitions
     * @param seen where the history begins that fills in for what Kafka has removed, by partition; empty if all of it counts
     */
    record TopicOffsets(int topicIdHash, List<Long> next, List<Long> seen) {
        TopicOffsets {
            next = List.copyOf(next);
            seen = List.copyOf(seen);
        }
    }

    /**
     * The middle of a record.
     *
     * @param mark of its topic
     * @param given how many of its readings were given, counted before any filter
     */
    record PartialRecord(int topicIdHash, int partition, int delivered) {

        boolean isIn(Topic topic, TopicPartition in) {
            return topic.idHash() == topicIdHash && in.partition() == partition;
        }
    }

    /**
     * How far history was given: sensor after sensor in the order of their ids, each in order of time.
     *
     * @param fromMillis the event time from which it is given, inclusive
     * @param sensorId the sensor of the last reading that was given; null before the first
     * @param timestampMillis the event time of that reading
     */
    record ReplayPosition(long fromMillis, @Nullable SensorId sensorId, long timestampMillis) {

        /** From when on is still to be decided: before the first reading that fills in for what Kafka has removed. */
        static final long UNDECIDED = Long.MIN_VALUE;

        static ReplayPosition from(long fromMillis) {
            return new ReplayPosition(fromMillis, null, 0);
        }

        ReplayPosition after(SensorId id, long millis) {
            return new ReplayPosition(fromMillis, id, millis);
        }
    }

    EventId {
        topics = List.copyOf(topics);
    }

    /** Where a reader of Kafka is in the topics of a subscription. */
    static EventId of(Subscription subscription, Positions positions, @Nullable PartialRecord partialRecord) {
        return of(subscription, positions, null, partialRecord);
    }

    /**
     * The same, where history fills in for a part.
     *
     * @param seen from where on that part was not seen; null if there is no such part
     */
    static EventId of(Subscription subscription, Positions positions, @Nullable Positions seen, @Nullable PartialRecord partialRecord) {
        boolean isForAllTopics = subscription.types().isEmpty();
        List<TopicOffsets> topics = new ArrayList<>();
        for (Positions.TopicPosition topic : positions.topics()) {
            if (subscription.includes(topic.topic().type()) && !(isForAllTopics && topic.isAtOffsetZero())) {
                topics.add(new TopicOffsets(
                        topic.topic().idHash(),
                        topic.next(),
                        seen == null ? List.of() : seen.nextOr(topic.topic(), topic.next())));
            }
        }
        return new EventId(isForAllTopics, false, positions.recordTimeMillis() / 1_000, topics, partialRecord, null);
    }

    EventId withCatchingUp(boolean is) {
        return new EventId(isForAllTopics, is, recordTimeSeconds, topics, partialRecord, replay);
    }

    /** In the middle of history, or no more. */
    EventId withReplay(@Nullable ReplayPosition history) {
        return new EventId(isForAllTopics, isCatchingUp, recordTimeSeconds, topics, partialRecord, history);
    }

    private boolean isPart() {
        return replay != null && topics.stream().anyMatch(topic -> !topic.seen.isEmpty());
    }

    /** The id as text; null if it would be longer than may be. */
    @Nullable
    String text(QueryFingerprint fingerprint) {
        ByteBuffer place = ByteBuffer.allocate(MAX_BYTES + SPARE_BYTES);
        boolean isPart = isPart();
        int flags = (isForAllTopics ? ALL_TOPICS : 0)
                | (isCatchingUp ? CATCHING_UP : 0)
                | (partialRecord != null ? WITHIN : 0)
                | (replay != null ? REPLAY : 0)
                | (isPart ? PART : 0);
        place.put(VERSION).put((byte) flags);
        putVarint(place, Math.max(0, recordTimeSeconds));
        putVarint(place, topics.size());
        for (TopicOffsets topic : topics) {
            if (!put(place, topic, isPart)) {
                return null;
            }
        }
        if (partialRecord != null) {
            place.putInt(partialRecord.topicIdHash());
            putVarint(place, partialRecord.partition());
            putVarint(place, partialRecord.delivered());
        }
        if (replay != null) {
            put(place, replay);
        }
        if (place.position() > MAX_BYTES) {
            return null;
        }
        byte[] bytes = new byte[place.position()];
        place.flip().get(bytes);
        return Cursor.encode(fingerprint, bytes, SEAL);
    }

    private static boolean put(ByteBuffer place, TopicOffsets topic, boolean isPart) {
        place.putInt(topic.topicIdHash());
        putVarint(place, topic.next().size());
        for (int partition = 0; partition < topic.next().size(); partition++) {
            long next = topic.next().get(partition);
            putVarint(place, next);
            if (isPart) {
                putVarint(
                        place,
                        topic.seen().isEmpty()
                                ? 0
                                : Math.max(0, next - topic.seen().get(partition)));
            }
            if (place.position() > MAX_BYTES) {
                return false;
            }
        }
        return true;
    }

    private static void put(ByteBuffer place, ReplayPosition replay) {
        place.putLong(replay.fromMillis());
        SensorId sensorId = replay.sensorId();
        if (sensorId == null) {
            place.put((byte) 0);
        } else {
            byte[] id = sensorId.value().getBytes(StandardCharsets.US_ASCII);
            place.put((byte) id.length).put(id).putLong(replay.timestampMillis());
        }
    }

    /**
     * Reads an id back.
     *
     * @param name of the header or parameter that carried it, for messages
     * @throws ProblemException {@code bad-cursor} if it is damaged or of other filters
     */
    static EventId parse(String name, String text, QueryFingerprint fingerprint) {
        ByteBuffer place = ByteBuffer.wrap(Cursor.decode(name, text, fingerprint, SEAL));
        try {
            if (place.get() != VERSION) {
                throw bad(name);
            }
            int flags = place.get();
            long recordTimeSeconds = varint(place, Long.MAX_VALUE / 1_000);
            List<TopicOffsets> topics = new ArrayList<>();
            for (long left = varint(place, MAX_BYTES); left > 0; left--) {
                topics.add(topic(place, (flags & PART) != 0));
            }
            PartialRecord partialRecord = (flags & WITHIN) == 0
                    ? null
                    : new PartialRecord(place.getInt(), (int) varint(place, MAX_PARTITIONS), (int)
                            varint(place, Integer.MAX_VALUE));
            ReplayPosition replay = (flags & REPLAY) == 0 ? null : replay(place);
            if (place.hasRemaining()) {
                throw bad(name);
            }
            return new EventId(
                    (flags & ALL_TOPICS) != 0, (flags & CATCHING_UP) != 0, recordTimeSeconds, topics, partialRecord, replay);
        } catch (BufferUnderflowException | IllegalArgumentException notOurs) {
            throw bad(name);
        }
    }

    private static TopicOffsets topic(ByteBuffer place, boolean isPart) {
        int topicIdHash = place.getInt();
        List<Long> next = new ArrayList<>();
        List<Long> seen = new ArrayList<>();
        for (long partitions = varint(place, MAX_PARTITIONS); partitions > 0; partitions--) {
            long offset = varint(place, Long.MAX_VALUE);
            next.add(offset);
            if (isPart) {
                seen.add(offset - varint(place, offset));
            }
        }
        return new TopicOffsets(topicIdHash, next, seen);
    }

    private static ReplayPosition replay(ByteBuffer place) {
        long fromMillis = place.getLong();
        if (fromMillis != ReplayPosition.UNDECIDED) {
            requireInstant(fromMillis);
        }
        int length = place.get() & 0xff;
        if (length == 0) {
            return ReplayPosition.from(fromMillis);
        }
        if (length > SensorId.MAX_LENGTH) {
            throw new BufferUnderflowException();
        }
        byte[] id = new byte[length];
        place.get(id);
        return new ReplayPosition(
                fromMillis, new SensorId(new String(id, StandardCharsets.US_ASCII)), requireInstant(place.getLong()));
    }

    private static long requireInstant(long millis) {
        if (millis < Reading.MIN_TIMESTAMP_MILLIS || millis > Reading.MAX_TIMESTAMP_MILLIS) {
            throw new IllegalArgumentException("no reading has event time %d".formatted(millis));
        }
        return millis;
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
