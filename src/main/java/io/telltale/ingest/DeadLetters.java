package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.Record;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.telltale.wire.Decoded.Rejected;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;

/** Records that are no readings, put aside with the reason: original key, bytes and headers, and five headers more. */
@Singleton
class DeadLetters {

    private final MutinyEmitter<Record<byte[], byte[]>> emitter;

    @Inject
    DeadLetters(
            @Channel("dead-letters")
                    // As large as the largest number that ingest may have under way at once.
                    @OnOverflow(
                            value = OnOverflow.Strategy.BUFFER,
                            bufferSize = IngestSettings.MAX_DEAD_LETTERS_IN_FLIGHT)
                    MutinyEmitter<Record<byte[], byte[]>> emitter) {
        this.emitter = emitter;
    }

    /** Completes when Kafka has acknowledged the letter. */
    Uni<Void> send(ConsumerRecord<byte[], byte[]> record, Rejected rejected) {
        Headers headers = new RecordHeaders(record.headers().toArray())
                .add("dead-letter-reason", bytes(rejected.reason().code()))
                .add("dead-letter-detail", bytes(rejected.detail()))
                .add("dead-letter-topic", bytes(record.topic()))
                .add("dead-letter-partition", bytes(Integer.toString(record.partition())))
                .add("dead-letter-offset", bytes(Long.toString(record.offset())));
        OutgoingKafkaRecordMetadata<?> metadata =
                OutgoingKafkaRecordMetadata.builder().withHeaders(headers).build();
        return Uni.createFrom()
                .deferred(() -> emitter.sendMessage(
                        Message.of(Record.of(record.key(), record.value())).addMetadata(metadata)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
