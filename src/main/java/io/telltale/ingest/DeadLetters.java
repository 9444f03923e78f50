package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.Record;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.telltale.wire.DecodeResult.Rejected;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jspecify.annotations.Nullable;

/**
 * Produces dead letters: the original key, body and headers, plus five headers with origin and reason. These take the
 * place of earlier ones, if the record is a dead letter that was sent to its topic again.
 */
@Singleton
class DeadLetters {

    private static final byte[] LEFT_OUT = bytes("left-out");

    private static final Set<String> OWN_HEADERS = Set.of(
            "dead-letter-reason",
            "dead-letter-detail",
            "dead-letter-topic",
            "dead-letter-partition",
            "dead-letter-offset",
            "dead-letter-body",
            "dead-letter-key",
            "dead-letter-headers");

    /** The approximate memory of a dead letter besides its record: the added headers, and the objects. */
    private static final long LETTER_BYTES = 4_096;

    private final MutinyEmitter<Record<byte[], byte[]>> emitter;
    private final DeadLetterTopic topic;
    private final AtomicBoolean isCreatingTopic = new AtomicBoolean();

    @Inject
    DeadLetters(
            @Channel("dead-letters")
                    // DeadLetterLane bounds what is in flight, so this buffer never overflows.
                    @OnOverflow(
                            value = OnOverflow.Strategy.BUFFER,
                            bufferSize = IngestSettings.MAX_DEAD_LETTERS_IN_FLIGHT)
                    MutinyEmitter<Record<byte[], byte[]>> emitter,
            DeadLetterTopic topic) {
        this.emitter = emitter;
        this.topic = topic;
    }

    /**
     * Completes when Kafka has acknowledged the dead letter. If the record is too large for the topic, omits the body
     * and, if that is not enough, the key and the headers: an incomplete dead letter is better than a blocked
     * partition. Fails if Kafka does not accept it now, after an attempt to create a missing topic.
     */
    Uni<Void> send(ConsumerRecord<byte[], byte[]> record, Rejected rejected) {
        return send(record.key(), record.value(), headers(record, rejected.detail(), rejected, record.headers()))
                .onFailure(DeadLetters::isTooLarge)
                .recoverWithUni(tooLarge -> sendWithoutBody(record, rejected))
                .onFailure(DeadLetters::isTooLarge)
                .recoverWithUni(tooLarge -> sendBare(record, rejected))
                .onFailure()
                .call(this::createTopic);
    }

    private Uni<Void> sendWithoutBody(ConsumerRecord<byte[], byte[]> record, Rejected rejected) {
        String detail = "%s; the body of %d bytes is too large for the dead-letter topic and omitted"
                .formatted(rejected.detail(), record.serializedValueSize());
        return send(
                record.key(),
                null,
                headers(record, detail, rejected, record.headers()).add("dead-letter-body", LEFT_OUT));
    }

    private Uni<Void> sendBare(ConsumerRecord<byte[], byte[]> record, Rejected rejected) {
        String detail = "%s; body, key and headers are too large for the dead-letter topic and omitted"
                .formatted(rejected.detail());
        return send(
                null,
                null,
                headers(record, detail, rejected, new RecordHeaders())
                        .add("dead-letter-body", LEFT_OUT)
                        .add("dead-letter-key", LEFT_OUT)
                        .add("dead-letter-headers", LEFT_OUT));
    }

    private static Headers headers(
            ConsumerRecord<byte[], byte[]> record, String detail, Rejected rejected, Headers original) {
        Headers headers = new RecordHeaders();
        for (Header header : original) {
            if (!OWN_HEADERS.contains(header.key().toLowerCase(Locale.ROOT))) {
                headers.add(header);
            }
        }
        return headers.add("dead-letter-reason", bytes(rejected.reason().code()))
                .add("dead-letter-detail", bytes(detail))
                .add("dead-letter-topic", bytes(record.topic()))
                .add("dead-letter-partition", bytes(Integer.toString(record.partition())))
                .add("dead-letter-offset", bytes(Long.toString(record.offset())));
    }

    private Uni<Void> send(byte @Nullable [] key, byte @Nullable [] body, Headers headers) {
        OutgoingKafkaRecordMetadata<?> metadata =
                OutgoingKafkaRecordMetadata.builder().withHeaders(headers).build();
        return Uni.createFrom()
                .deferred(() ->
                        emitter.sendMessage(Message.of(Record.of(key, body)).addMetadata(metadata)));
    }

    /** Creates the topic if it was deleted; one attempt at a time serves all dead letters that fail. */
    private Uni<Void> createTopic() {
        return isCreatingTopic.compareAndSet(false, true)
                ? topic.ensureExists()
                        .onTermination()
                        .invoke(() -> isCreatingTopic.set(false))
                        .onFailure()
                        .recoverWithNull()
                : Uni.createFrom().voidItem();
    }

    private static boolean isTooLarge(Throwable failure) {
        return failure instanceof RecordTooLargeException || failure instanceof RecordBatchTooLargeException;
    }

    /** The approximate memory of a record's dead letter, in bytes. */
    static long sizeBytes(ConsumerRecord<byte[], byte[]> record) {
        long bytes = LETTER_BYTES + Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
        for (Header header : record.headers()) {
            bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
        }
        return bytes;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
