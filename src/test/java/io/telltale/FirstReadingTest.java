package io.telltale;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class FirstReadingTest {

    @Test
    void aReadingSentToKafkaIsInARangeAnswer() throws Exception {
        SharedStack stack = SharedStack.get();
        stack.kafka().createTopic("sensors.first", 3, Map.of("message.timestamp.type", "LogAppendTime"));
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.kafka().bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(
                            new ProducerRecord<>(
                                    "sensors.first",
                                    "first-1",
                                    "{\"sensorId\":\"first-1\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"value\":21.5,\"unit\":\"Cel\"}"))
                    .get();
        }
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(
                        () -> assertThat(given().get(
                                                "/api/v1/sensors/first-1/readings?from=2025-12-31T00:00:00Z&to=2026-02-01T00:00:00Z")
                                        .asString())
                                .startsWith(
                                        "{\"sensorId\":\"first-1\",\"from\":\"2025-12-31T00:00:00.000Z\",\"to\":\"2026-02-01T00:00:00.000Z\","
                                                + "\"readings\":[{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"value\":21.5}],\"meta\":{"));
    }
}
