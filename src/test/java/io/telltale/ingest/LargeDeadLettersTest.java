package io.telltale.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A record that is too large for the dead-letter topic does not block its partition. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LargeDeadLettersTest {

    private static final int MEGABYTE = 1 << 20;

    @Test
    void omitsABodyThatIsTooLarge() throws Exception {
        String type = "large-" + SharedStack.get().nextNumber();
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender sender = senderOfUpTo(8 * MEGABYTE, type)) {
            // Compresses well and so fits, though it is larger than the limit of the topic.
            sender.send(type, "x".repeat(3 * MEGABYTE));
            sender.send(type, noise(3 * MEGABYTE));
            ProducerRecord<byte[], byte[]> record = sender.record(0, null, type, noise(1_000));
            record.headers().add("blob", noise(3 * MEGABYTE).getBytes(UTF_8));
            sender.send(record);

            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), Duration.ofSeconds(30));
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(box.letters()).hasSize(3));
            List<ConsumerRecord<byte[], byte[]>> letters = box.letters().stream()
                    .sorted((a, b) -> DeadLetterBox.header(a, "dead-letter-offset")
                            .compareTo(DeadLetterBox.header(b, "dead-letter-offset")))
                    .toList();
            assertThat(letters.get(0).value()).hasSize(3 * MEGABYTE);
            assertThat(letters.get(1).value()).isNull();
            assertThat(letters.get(1).key()).isEqualTo(type.getBytes(UTF_8));
            assertThat(DeadLetterBox.headers(letters.get(1)))
                    .containsEntry("dead-letter-reason", "too-large")
                    .containsEntry("dead-letter-body", "left-out")
                    .hasEntrySatisfying("dead-letter-detail", detail -> assertThat(detail)
                            .contains("the body of %d bytes".formatted(3 * MEGABYTE)));
            assertThat(letters.get(2).key()).isNull();
            assertThat(DeadLetterBox.headers(letters.get(2)))
                    .doesNotContainKey("blob")
                    .containsAllEntriesOf(Map.of(
                            "dead-letter-reason", "malformed",
                            "dead-letter-body", "left-out",
                            "dead-letter-key", "left-out",
                            "dead-letter-headers", "left-out",
                            "dead-letter-topic", "sensors." + type,
                            "dead-letter-offset", "2"));
        }
    }

    private static RecordSender senderOfUpTo(int bytes, String type) {
        SharedStack.get()
                .kafka()
                .createTopic(
                        "sensors." + type,
                        3,
                        Map.of(
                                "message.timestamp.type",
                                "LogAppendTime",
                                "max.message.bytes",
                                Integer.toString(bytes)));
        return RecordSender.toTopic(type);
    }

    /** Text that does not compress. */
    private static String noise(int bytes) {
        byte[] random = new byte[bytes];
        new Random(7).nextBytes(random);
        return Base64.getEncoder().encodeToString(random).substring(0, bytes);
    }
}
