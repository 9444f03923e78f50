package io.telltale.letters;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.kafka.RecordHeaders;
import io.telltale.sensors.SensorId;
import io.telltale.wire.HeaderValues;
import io.telltale.wire.Rejection;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Selects letters; all conditions must match.
 *
 * @param reason why they were rejected; null for any
 * @param topic the topic that they were sent to; null for any
 * @param sensor the key, the CloudEvents subject, or a JSON string in the body is this id; null for any
 * @param sinceMillis the earliest time of the rejection, inclusive; empty for any
 */
record LetterFilter(
        @Nullable Rejection reason,
        @Nullable String topic,
        @Nullable SensorId sensor,
        OptionalLong sinceMillis) implements Predicate<ConsumerRecord<byte[], byte[]>> {

    /** Whether it selects every letter. */
    boolean isAny() {
        return reason == null && topic == null && sensor == null && sinceMillis.isEmpty();
    }

    @Override
    public boolean test(ConsumerRecord<byte[], byte[]> record) {
        if (sinceMillis.isPresent() && record.timestamp() < sinceMillis.getAsLong()) {
            return false;
        }
        HeaderValues headers = RecordHeaders.of(record);
        return (reason == null || isText(headers.of("dead-letter-reason"), reason.code()))
                && (topic == null || isText(headers.of("dead-letter-topic"), topic))
                && (sensor == null || isOf(sensor, record, headers));
    }

    /** A rejected record often has no valid body, so the id is searched, not parsed. It needs no escape in JSON. */
    private static boolean isOf(SensorId sensor, ConsumerRecord<byte[], byte[]> record, HeaderValues headers) {
        return isText(record.key(), sensor.value())
                || isText(headers.of("ce_subject"), sensor.value())
                || (record.value() != null
                        && contains(record.value(), ("\"" + sensor.value() + "\"").getBytes(US_ASCII)));
    }

    private static boolean isText(byte @Nullable [] bytes, String text) {
        return bytes != null && Arrays.equals(bytes, text.getBytes(UTF_8));
    }

    private static boolean contains(byte[] body, byte[] wanted) {
        for (int at = 0; at <= body.length - wanted.length; at++) {
            if (body[at] == wanted[0] && Arrays.equals(body, at, at + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }
}
