package io.telltale.ingest;

import io.telltale.ingest.offsets.Slice;
import io.telltale.ingest.offsets.TopicIncarnation;
import io.telltale.sensors.Reading;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import io.telltale.wire.DecodeResult;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import java.util.Collection;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka record with its decoded readings.
 *
 * @param accepted the readings of {@code decoded}, computed once
 * @param slice acknowledged once per part: per reading, and for the dead letter if there is one
 */
record DecodedRecord(
        ConsumerRecord<byte[], byte[]> record,
        TopicIncarnation topic,
        DecodeResult decoded,
        Collection<Accepted> accepted,
        Slice slice) {

    static DecodedRecord of(
            ConsumerRecord<byte[], byte[]> record, TopicIncarnation topic, DecodeResult decoded, Slice slice) {
        return new DecodedRecord(record, topic, decoded, decoded.accepted(), slice);
    }

    /** The same record without the readings that the check rejects. */
    DecodedRecord checked(DecodeResult.Check check) {
        return of(record, topic, decoded.checked(check), slice);
    }

    /** Why the record becomes a dead letter; null if all of its readings are good. */
    @Nullable
    Rejected rejected() {
        return decoded.rejected();
    }

    long recordTimeMillis() {
        return record.timestamp();
    }

    /**
     * One of the readings with its origin. No two readings of a pack have the same sensor and timestamp, so they share
     * it.
     */
    RecordedReading recorded(Reading reading) {
        return new RecordedReading(
                reading,
                new RecordOrigin(topic.epoch() & 0xff, record.partition(), record.offset()),
                record.timestamp());
    }
}
