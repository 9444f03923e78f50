package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.sensors.SensorType;
import io.telltale.settings.CapturedLog;
import io.telltale.simulate.Ledger;
import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.HeaderValues;
import io.telltale.wire.MutatedBodies;
import io.telltale.wire.MutatedBodies.Example;
import io.telltale.wire.RecordDecoder;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Sends mutations of accepted bodies to the service, as records and as requests. No partition stops, no request fails
 * with a 500, and the log has no exception.
 */
abstract class MutatedRecords {

    private static final long SEED = 20261129;

    private final RecordDecoder decoder = new RecordDecoder();

    abstract int recordsPerExample();

    abstract int requestsPerExample();

    abstract int updates();

    @Test
    void storesOrRejectsEachMutatedRecord() throws Exception {
        Random random = new Random(SEED);
        Map<String, String> expected = new HashMap<>();
        double receivedBefore = received();
        int sent = 0;
        try (CapturedLog log = CapturedLog.ofEverything();
                DeadLetterBox box = DeadLetterBox.open();
                TestFleet fleet = TestFleet.ofType(MutatedBodies.TYPE);
                RecordSender sender = RecordSender.toTopic(MutatedBodies.TYPE)) {
            for (Example example : MutatedBodies.records()) {
                for (int i = 0; i < recordsPerExample(); i++) {
                    byte[] body = MutatedBodies.mutate(example.body(), random);
                    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(fleet.topic(), body);
                    example.headers().forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
                    RecordMetadata metadata = sender.send(record);
                    sent++;
                    Rejected rejected = rejected(example, body, metadata.timestamp());
                    if (rejected != null) {
                        expected.put(
                                Ledger.origin(metadata.topic(), metadata.partition(), metadata.offset()),
                                rejected.reason().code());
                    }
                }
            }
            fleet.awaitStored();

            assertThat(expected).as("rejected mutations, seed %d", SEED).hasSizeBetween(sent / 10, sent - 10);
            assertThat(box.reasonsByOrigin()).containsAllEntriesOf(expected);
            assertThat(received() - receivedBefore).isEqualTo(sent);
            given().get("/q/health/live").then().statusCode(200).body("status", equalTo("UP"));
            assertThat(log.errors()).isEmpty();
        }
    }

    private @Nullable Rejected rejected(Example example, byte[] body, long recordTimeMillis) {
        Map<String, String> headers = example.headers();
        HeaderValues values = headers.isEmpty()
                ? HeaderValues.NONE
                : name -> headers.containsKey(name) ? headers.get(name).getBytes(UTF_8) : null;
        return decoder.decode(new SensorType(MutatedBodies.TYPE), values, null, body, recordTimeMillis)
                .rejected();
    }

    private static double received() {
        return new ServiceMetrics(given().accept("text/plain").get("/q/metrics").asString())
                .sum("telltale_readings_received_total", "topic", "sensors." + MutatedBodies.TYPE);
    }

    @Test
    void answersEachMutatedRequest() {
        Random random = new Random(SEED);
        try (CapturedLog log = CapturedLog.ofEverything()) {
            for (Example example : MutatedBodies.posts()) {
                String query = example.name().contains("senml") ? "?type=" + MutatedBodies.TYPE : "";
                for (int i = 0; i < requestsPerExample(); i++) {
                    byte[] body = MutatedBodies.mutate(example.body(), random);
                    Response answer = given().config(withoutDefaultCharset())
                            .contentType(example.name())
                            .body(body)
                            .post("/api/v1/readings" + query);
                    assertThat(answer.statusCode())
                            .as("seed %d, answer %s to %s", SEED, answer.asString(), new String(body, UTF_8))
                            .isIn(202, 400, 422);
                }
            }
            assertThat(log.errors()).isEmpty();
        }
    }

    @Test
    void answersEachMutatedUpdateOfASensor() {
        Random random = new Random(SEED);
        byte[] update = """
                {"unit":"\u00b0C","site":"Plant 2","name":"Kessel 7","labels":{"floor":"2"},"expectedInterval":"PT1M"}""".getBytes(UTF_8);
        try (CapturedLog log = CapturedLog.ofEverything();
                TestFleet fleet = TestFleet.ofType("mutated-updates")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, Clock.systemUTC().millis(), 1);
            fleet.awaitStored();
            for (int i = 0; i < updates(); i++) {
                byte[] body = MutatedBodies.mutate(update, random);
                Response answer = given().config(withoutDefaultCharset())
                        .contentType("application/json")
                        .body(body)
                        .put("/api/v1/sensors/" + sensor);
                assertThat(answer.statusCode())
                        .as("seed %d, answer %s to %s", SEED, answer.asString(), new String(body, UTF_8))
                        .isIn(200, 400);
            }
            assertThat(log.errors()).isEmpty();
        }
    }

    private static RestAssuredConfig withoutDefaultCharset() {
        return RestAssuredConfig.config()
                .encoderConfig(new EncoderConfig().appendDefaultContentCharsetToContentTypeIfUndefined(false));
    }
}
