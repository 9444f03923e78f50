package io.telltale.letters;

import io.smallrye.common.annotation.Identifier;
import io.telltale.kafka.ConsumerSettings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Opens a consumer without a group for one request. */
@Singleton
class LetterConsumers {

    private static final int API_TIMEOUT_MILLIS = 5_000;
    private static final int FETCH_BYTES = 4 << 20;

    private final Supplier<Consumer<byte[], byte[]>> consumers;

    @Inject
    LetterConsumers(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this(() -> open(kafka));
    }

    /** @param consumers opens a consumer */
    LetterConsumers(Supplier<Consumer<byte[], byte[]>> consumers) {
        this.consumers = consumers;
    }

    private static Consumer<byte[], byte[]> open(Map<String, Object> kafka) {
        // Records may disappear behind the position, by retention: reading continues at the first that is left.
        Map<String, Object> settings = ConsumerSettings.ofParts(kafka, "telltale-letters", "earliest");
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, API_TIMEOUT_MILLIS);
        settings.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, API_TIMEOUT_MILLIS);
        settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        return new KafkaConsumer<>(settings);
    }

    /** Gives a consumer to some work, which blocks, and closes it. */
    <T> T use(Function<Consumer<byte[], byte[]>, T> work) {
        Consumer<byte[], byte[]> consumer = consumers.get();
        try {
            return work.apply(consumer);
        } finally {
            // Without a group there is nothing to leave; an unavailable broker must not delay the response.
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }
}
