package io.telltale.live;

import io.telltale.api.Cursor;
import io.telltale.api.CursorSigner;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.QueryFingerprint;
import io.telltale.kafka.Topic;
import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.EventId.TopicOffsets;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text of an {@link EventId}.
 *
 * <p>Encoded as the position of a {@link Cursor}. Numbers are varints unless a size is given:
 *
 * <ol>
 *   <li>the version, 2 (1 byte)
 *   <li>flags (1 byte): 1 all topics, 2 {@code caught-up} is still to be sent, 4 partial record, 8 replay, 16 gap fill,
 *       32 deleted topics, 64 time of the topics
 *   <li>the record time in seconds
 *   <li>with flag 64: when the topics were listed, in milliseconds since the epoch
 *   <li>the number of topics; for each its {@link Topic#idHash} (4 bytes), the number of its partitions, and their next
 *       offsets; with flag 16 each is followed by the number of offsets before it at which the gap begins
 *   <li>with flag 32: the number of deleted topics; for each the same as above without gaps
 *   <li>with flag 4: the hash of a topic (4 bytes), the partition, and the number of delivered readings of the record
 *   <li>with flag 8: the event time at which the replay begins (8 bytes), the length of a sensor id (1 byte), the id,
 *       and the event time of its last delivered reading (8 bytes); before the first reading, the length is 0 and ends
 *       the id
 * </ol>
 *
 * <p>With flag 1, topics whose next offsets are all 0 have no partitions. If there are many of them, the others are
 * omitted. A topic that does not exist yet is omitted too, and begins at the same offsets.
 */
final class EventIdText {

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

    /** For the topics that a gap fill names as deleted: a gap fill with more of them may be too long. */
    private static final int DELETED_BYTES = 100;

    private static final byte VERSION = 2;
    private static final int ALL_TOPICS = 1;
    private static final int CATCHING_UP = 2;
    private static final int PARTIAL_RECORD = 4;
    private static final int REPLAY = 8;
    private static final int GAP_FILL = 16;
    private static final int DELETED_TOPICS = 32;
    private static final int TOPICS_KNOWN_AT = 64;
    private static final int MAX_PARTITIONS = 65_536;

    /** Enough for the topics that were created in advance; each makes every id of all topics 7 characters longer. */
    private static final int MAX_UNREAD_TOPICS = 16;

    /** The hash, and a partition count of 0. */
    private static final int UNREAD_TOPIC_BYTES = 5;

    private EventIdText() {}

    /** Encodes an id; null if it would be longer than {@link #MAX_CHARACTERS}. */
    static @Nullable String of(EventId id, QueryFingerprint fingerprint) {
        ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES + SPARE_BYTES);
        boolean hasSeen = id.isGapFill()
                && id.topics().stream().anyMatch(topic -> !topic.seen().isEmpty());
        PartialRecord partialRecord = id.partialRecord();
        ReplayPosition replay = id.replay();
        int flags = (id.isForAllTopics() ? ALL_TOPICS : 0)
                | (id.isCatchingUp() ? CATCHING_UP : 0)
                | (partialRecord != null ? PARTIAL_RECORD : 0)
                | (replay != null ? REPLAY : 0)
                | (hasSeen ? GAP_FILL : 0)
                | (id.deleted().isEmpty() ? 0 : DELETED_TOPICS)
                | (id.topicsKnownAtMillis() > 0 ? TOPICS_KNOWN_AT : 0);
        buffer.put(VERSION).put((byte) flags);
        putVarint(buffer, Math.max(0, id.recordTimeSeconds()));
        if (id.topicsKnownAtMillis() > 0) {
            putVarint(buffer, id.topicsKnownAtMillis());
        }
        if (!put(buffer, id.topics(), hasSeen) || (!id.deleted().isEmpty() && !put(buffer, id.deleted(), false))) {
            return null;
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

    /**
     * How many topics at offset 0 an id can name beside others. The replay position and some deleted topics keep their
     * space.
     */
    static int unreadTopics(List<TopicOffsets> others) {
        int bytes = 0;
        for (TopicOffsets topic : others) {
            bytes += UNREAD_TOPIC_BYTES;
            for (int partition = 0; partition < topic.next().size(); partition++) {
                long next = topic.next().get(partition);
                bytes += varintBytes(next);
                bytes += topic.seen().isEmpty()
                        ? 0
                        : varintBytes(Math.max(0, next - topic.seen().get(partition)));
            }
        }
        int free = MAX_BYTES - SPARE_BYTES - DELETED_BYTES - bytes;
        return Math.max(0, Math.min(MAX_UNREAD_TOPICS, free / UNREAD_TOPIC_BYTES));
    }

    private static boolean put(ByteBuffer buffer, List<TopicOffsets> topics, boolean hasSeen) {
        putVarint(buffer, topics.size());
        return topics.stream().allMatch(topic -> put(buffer, topic, hasSeen));
    }

    private static boolean put(ByteBuffer buffer, TopicOffsets topic, boolean hasSeen) {
        buffer.putInt(topic.topicIdHash());
        putVarint(buffer, topic.next().size());
        for (int partition = 0; partition < topic.next().size(); partition++) {
            long next = topic.next().get(partition);
            putVarint(buffer, next);
            if (hasSeen) {
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
     * @param source where the id comes from, for error details: {@code parameter lastEventId}
     * @throws ProblemException {@code bad-cursor} if it is damaged or belongs to another filter
     */
    static EventId parse(String source, String text, QueryFingerprint fingerprint) {
        ByteBuffer buffer = ByteBuffer.wrap(Cursor.decode(source, text, fingerprint, SIGNER));
        try {
            if (buffer.get() != VERSION) {
                throw bad(source, text);
            }
            int flags = buffer.get();
            long recordTimeSeconds = varint(buffer, Long.MAX_VALUE / 1_000);
            long topicsKnownAtMillis =
                    (flags & TOPICS_KNOWN_AT) == 0 ? 0 : varint(buffer, Reading.MAX_TIMESTAMP_MILLIS);
            List<TopicOffsets> topics = topics(buffer, (flags & GAP_FILL) != 0);
            List<TopicOffsets> deleted = (flags & DELETED_TOPICS) == 0 ? List.of() : topics(buffer, false);
            PartialRecord partialRecord = (flags & PARTIAL_RECORD) == 0
                    ? null
                    : new PartialRecord(buffer.getInt(), (int) varint(buffer, MAX_PARTITIONS), (int)
                            varint(buffer, Integer.MAX_VALUE));
            ReplayPosition replay = (flags & REPLAY) == 0 ? null : replay(buffer);
            if (buffer.hasRemaining()) {
                throw bad(source, text);
            }
            return new EventId(
                    (flags & ALL_TOPICS) != 0,
                    (flags & CATCHING_UP) != 0,
                    topicsKnownAtMillis,
                    recordTimeSeconds,
                    topics,
                    partialRecord,
                    replay,
                    deleted);
        } catch (BufferUnderflowException | IllegalArgumentException invalid) {
            throw bad(source, text);
        }
    }

    private static List<TopicOffsets> topics(ByteBuffer buffer, boolean hasSeen) {
        List<TopicOffsets> topics = new ArrayList<>();
        for (long left = varint(buffer, MAX_BYTES); left > 0; left--) {
            topics.add(topic(buffer, hasSeen));
        }
        return topics;
    }

    private static TopicOffsets topic(ByteBuffer buffer, boolean hasSeen) {
        int topicIdHash = buffer.getInt();
        List<Long> next = new ArrayList<>();
        List<Long> seen = new ArrayList<>();
        for (long partitions = varint(buffer, MAX_PARTITIONS); partitions > 0; partitions--) {
            long offset = varint(buffer, Long.MAX_VALUE);
            next.add(offset);
            if (hasSeen) {
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

    private static int varintBytes(long number) {
        return (Long.SIZE - Long.numberOfLeadingZeros(number | 1) + 6) / 7;
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

    private static ProblemException bad(String source, String text) {
        return Problem.of(
                        ProblemCode.BAD_CURSOR,
                        "%s is '%s'; expected the id of an event, unchanged".formatted(source, Excerpt.of(text)))
                .exception();
    }
}
