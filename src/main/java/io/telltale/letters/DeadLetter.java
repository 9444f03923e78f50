package io.telltale.letters;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.kafka.RecordHeaders;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record of the dead-letter topic: key, body and headers of the rejected record, and headers {@code dead-letter-*}
 * with its origin and the reason. A record of another producer may lack these.
 *
 * @param id its position in the dead-letter topic
 */
record DeadLetter(LetterId id, ConsumerRecord<byte[], byte[]> record) {

    private static final String HEADER_PREFIX = "dead-letter-";

    @Nullable
    String reason() {
        return text("dead-letter-reason");
    }

    @Nullable
    String detail() {
        return text("dead-letter-detail");
    }

    /** The topic of the rejected record. */
    @Nullable
    String topic() {
        return text("dead-letter-topic");
    }

    /** The partition of the rejected record. */
    @Nullable
    Integer partition() {
        Long partition = number("dead-letter-partition");
        return partition == null || partition > Integer.MAX_VALUE ? null : partition.intValue();
    }

    /** The offset of the rejected record. */
    @Nullable
    Long offset() {
        return number("dead-letter-offset");
    }

    /** Whether the body was too large for the dead-letter topic, so that the letter is without it. */
    boolean isBodyLeftOut() {
        return text("dead-letter-body") != null;
    }

    /** The headers of the rejected record. */
    List<Header> originalHeaders() {
        return Stream.of(record.headers().toArray())
                .filter(header -> !header.key().toLowerCase(Locale.ROOT).startsWith(HEADER_PREFIX))
                .toList();
    }

    private @Nullable String text(String header) {
        byte[] value = RecordHeaders.of(record).of(header);
        return value == null ? null : new String(value, UTF_8);
    }

    private @Nullable Long number(String header) {
        String text = text(header);
        return text != null && text.matches("[0-9]{1,18}") ? Long.valueOf(text) : null;
    }

    /** The approximate memory of a record, in bytes. */
    static long sizeBytes(ConsumerRecord<byte[], byte[]> record) {
        long bytes = (long) Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
        for (Header header : record.headers()) {
            bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
        }
        return bytes;
    }
}
