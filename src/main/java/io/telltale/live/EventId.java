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
 * The id of an event: the next offset of each partition after the event, and during a replay the position in history. A
 * client can resume after any event, on any replica, without state on the server.
 *
 * <p>Encoded as the position of a {@link Cursor}. Numbers are varints unless a size is given:
 *
 * <ol>
 *   <li>the version, 2 (1 byte)
 *   <li>flags (1 byte): 1 all topics, 2 {@code caught-up} is still to be sent, 4 partial record, 8 replay, 16 gap fill
 *   <li>the record time in seconds
 *   <li>the number of topics; for each its {@link Topic#idHash} (4 bytes), the number of its partitions, and their next
 *       offsets; with flag 16 each is followed by the number of offsets before it at which the gap begins
 *   <li>with flag 4: the hash of a topic (4 bytes), the partition, and the number of delivered readings of the record
 *   <li>with flag 8: the event time at which the replay begins (8 bytes), the length of a sensor id (1 byte), the id,
 *       and the event time of its last delivered reading (8 bytes); before the first reading, the length is 0 and ends
 *       the id
 * </ol>
 *
 * <p>With flag 1, topics whose next offsets are all 0 are omitted. A topic that does not exist yet is omitted too, and
 * begins at the same offsets.
 *
 * @param isForAllTopics whether topics that are not named are read from their first record
 * @param isCatchingUp whether {@code caught-up} is still to be sent
 * @param recordTimeSeconds the approximate record time of the event; what was delivered before was hardly recorded
 *     later
 * @param partialRecord the record of which only some readings were delivered; null if there is none
 * @param replay the position in history; null outside a replay
 */
record EventId(
        boolean isForAllTopics,
        boolean isCatchingUp,
        long recordTimeSeconds,
        List<TopicOffsets> topics,
        @Nullable PartialRecord partialRecord,
        @Nullable ReplayPosition replay) {

    /** The maximum length of an id. */
    static final int MAX_CHARACTERS = 1_024;

    /**
     * Without a key: the key is stored in Cassandra, and live streams work without Cassandra. A forged id gains
     * nothing. It selects records of topics that the subscription includes anyway, from an offset of the client's
     * choice.
     */
    private static final CursorSigner SIGNER = CursorSigner.CHECKSUM;

    /** The capacity of an id beside the 17 bytes that every cursor with this signer has. */
    private static final int MAX_BYTES = MAX_CHARACTERS * 3 / 4 - 17;

    /** The buffer has so much free space before each write, unless the id is too long: a sensor id and its numbers. */
    private static final int SPARE_BYTES = 200;

    private static final byte VERSION = 2;
    private static final int ALL_TOPICS = 1;
    private static final int CATCHING_UP = 2;
    private static final int PARTIAL_RECORD = 4;
    private static final int REPLAY = 8;
    private static final int GAP_FILL = 16;
    private static final int MAX_PARTITIONS = 65_536;

    /**
     * The offsets of a topic.
     *
     * @param topicIdHash identifies the incarnation of the topic
     * @param next the next offset of each partition
     * @param seen the offset of each partition at which the gap to fill from history begins; empty without a gap fill
     */
    record TopicOffsets(int topicIdHash, List<Long> next, List<Long> seen) {
        TopicOffsets {
            next = List.copyOf(next);
            seen = List.copyOf(seen);
        }
    }

    /**
     * A record of which only some readings were delivered.
     *
     * @param topicIdHash identifies the topic
     * @param delivered the number of its readings that were delivered, counted before any filter
     */
    record PartialRecord(int topicIdHash, int partition, int delivered) {

        boolean isIn(Topic topic, TopicPartition in) {
            return topic.idHash() == topicIdHash && in.partition() == partition;
        }
    }

    /**
     * The position in a replay, which delivers one sensor after another in the order of their ids, each in order of
     * time.
     *
     * @param fromMillis the event time at which the replay begins, inclusive
     * @param sensorId the sensor of the last delivered reading; null before the first
     * @param timestampMillis the event time of that reading
     */
    record ReplayPosition(long fromMillis, @Nullable SensorId sensorId, long timestampMillis) {

        /** Of a gap fill before its first reading: the event time at which it begins is still to be decided. */
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

    /** The id of a position in the topics of a subscription. */
    static EventId of(Subscription subscription, Positions positions, @Nullable PartialRecord partialRecord) {
        return of(subscription, positions, null, partialRecord);
    }

    /**
     * The id of a position before which history fills a gap.
     *
     * @param seen the position at which the gap begins; null without a gap
     */
    static EventId of(
            Subscription subscription,
            Positions positions,
            @Nullable Positions seen,
            @Nullable PartialRecord partialRecord) {
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

    EventId withCatchingUp(boolean catchingUp) {
        return new EventId(isForAllTopics, catchingUp, recordTimeSeconds, topics, partialRecord, replay);
    }

    EventId withReplay(@Nullable ReplayPosition position) {
        return new EventId(isForAllTopics, isCatchingUp, recordTimeSeconds, topics, partialRecord, position);
    }

    private boolean isGapFill() {
        return replay != null && topics.stream().anyMatch(topic -> !topic.seen.isEmpty());
    }

    /** The id as text; null if it would be longer than {@link #MAX_CHARACTERS}. */
    @Nullable
    String text(QueryFingerprint fingerprint) {
        ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES + SPARE_BYTES);
        boolean isGapFill = isGapFill();
        int flags = (isForAllTopics ? ALL_TOPICS : 0)
                | (isCatchingUp ? CATCHING_UP : 0)
                | (partialRecord != null ? PARTIAL_RECORD : 0)
                | (replay != null ? REPLAY : 0)
                | (isGapFill ? GAP_FILL : 0);
        buffer.put(VERSION).put((byte) flags);
        putVarint(buffer, Math.max(0, recordTimeSeconds));
        putVarint(buffer, topics.size());
        for (TopicOffsets topic : topics) {
            if (!put(buffer, topic, isGapFill)) {
                return null;
            }
        }
        if (partialRecord != null) {
            buffer.putInt(partialRecord.topicIdHash());
            putVarint(buffer, partialRecord.partition());
            putVarint(buffer, partialRecord.delivered());
        }
        if (replay != null) {
            put(buffer, replay);
        }
        if (buffer.position() > MAX_BYTES) {
            return null;
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return Cursor.encode(fingerprint, bytes, SIGNER);
    }

    private static boolean put(ByteBuffer buffer, TopicOffsets topic, boolean isGapFill) {
        buffer.putInt(topic.topicIdHash());
        putVarint(buffer, topic.next().size());
        for (int partition = 0; partition < topic.next().size(); partition++) {
            long next = topic.next().get(partition);
            putVarint(buffer, next);
            if (isGapFill) {
                putVarint(
                        buffer,
                        topic.seen().isEmpty()
                                ? 0
                                : Math.max(0, next - topic.seen().get(partition)));
            }
            if (buffer.position() > MAX_BYTES) {
                return false;
            }
        }
        return true;
    }

    private static void put(ByteBuffer buffer, ReplayPosition replay) {
        buffer.putLong(replay.fromMillis());
        SensorId sensorId = replay.sensorId();
        if (sensorId == null) {
            buffer.put((byte) 0);
        } else {
            byte[] id = sensorId.value().getBytes(StandardCharsets.US_ASCII);
            buffer.put((byte) id.length).put(id).putLong(replay.timestampMillis());
        }
    }

    /**
     * Parses an id.
     *
     * @param name of the header or parameter with the id, for messages
     * @throws ProblemException {@code bad-cursor} if it is damaged or belongs to another filter
     */
    static EventId parse(String name, String text, QueryFingerprint fingerprint) {
        ByteBuffer buffer = ByteBuffer.wrap(Cursor.decode(name, text, fingerprint, SIGNER));
        try {
            if (buffer.get() != VERSION) {
                throw bad(name);
            }
            int flags = buffer.get();
            long recordTimeSeconds = varint(buffer, Long.MAX_VALUE / 1_000);
            List<TopicOffsets> topics = new ArrayList<>();
            for (long left = varint(buffer, MAX_BYTES); left > 0; left--) {
                topics.add(topic(buffer, (flags & GAP_FILL) != 0));
            }
            PartialRecord partialRecord = (flags & PARTIAL_RECORD) == 0
                    ? null
                    : new PartialRecord(buffer.getInt(), (int) varint(buffer, MAX_PARTITIONS), (int)
                            varint(buffer, Integer.MAX_VALUE));
            ReplayPosition replay = (flags & REPLAY) == 0 ? null : replay(buffer);
            if (buffer.hasRemaining()) {
                throw bad(name);
            }
            return new EventId(
                    (flags & ALL_TOPICS) != 0,
                    (flags & CATCHING_UP) != 0,
                    recordTimeSeconds,
                    topics,
                    partialRecord,
                    replay);
        } catch (BufferUnderflowException | IllegalArgumentException invalid) {
            throw bad(name);
        }
    }

    private static TopicOffsets topic(ByteBuffer buffer, boolean isGapFill) {
        int topicIdHash = buffer.getInt();
        List<Long> next = new ArrayList<>();
        List<Long> seen = new ArrayList<>();
        for (long partitions = varint(buffer, MAX_PARTITIONS); partitions > 0; partitions--) {
            long offset = varint(buffer, Long.MAX_VALUE);
            next.add(offset);
            if (isGapFill) {
                seen.add(offset - varint(buffer, offset));
            }
        }
        return new TopicOffsets(topicIdHash, next, seen);
    }

    private static ReplayPosition replay(ByteBuffer buffer) {
        long fromMillis = buffer.getLong();
        if (fromMillis != ReplayPosition.UNDECIDED) {
            requireInstant(fromMillis);
        }
        int length = buffer.get() & 0xff;
        if (length == 0) {
            return ReplayPosition.from(fromMillis);
        }
        if (length > SensorId.MAX_LENGTH) {
            throw new BufferUnderflowException();
        }
        byte[] id = new byte[length];
        buffer.get(id);
        return new ReplayPosition(
                fromMillis, new SensorId(new String(id, StandardCharsets.US_ASCII)), requireInstant(buffer.getLong()));
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
                        "%s is not the id of a live event; expected the id of an event, unchanged".formatted(name))
                .exception();
    }
}
