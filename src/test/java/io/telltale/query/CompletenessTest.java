package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.smallrye.mutiny.Uni;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.query.IngestWatermarks.Watermark;
import io.telltale.simulate.FreshTopics;
import io.telltale.store.Database;
import io.telltale.store.IngestProgress;
import io.telltale.store.IngestProgress.PartitionProgress;
import io.telltale.store.TopicEpochs;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The completeness metadata of responses. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class CompletenessTest {

    private static final long NOW = Instant.parse("2026-07-01T12:00:00Z").toEpochMilli();
    private static final String TEN_MINUTES = "from=2026-01-01T00:00:00Z&to=2026-01-01T00:10:00Z";

    @Inject
    Database database;

    @Inject
    IngestWatermarks watermarks;

    @Inject
    IngestProgress progress;

    @Inject
    TopicEpochs epochs;

    @BeforeEach
    void createsTheTables() {
        answer(database.whenReady());
    }

    @ParameterizedTest
    @ValueSource(strings = {"local_one", "local_quorum"})
    void reportsAPageAsCompleteUpToTheCheck(String consistency) {
        try (TestFleet fleet = TestFleet.ofType("complete")) {
            String sensorId = stored(fleet);
            Instant before = Instant.now();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                JsonPath meta = page(sensorId, "from=now-1h&consistency=" + consistency);
                assertThat(meta.getString("meta.consistency")).isEqualTo(consistency);
                assertThat(meta.getMap("meta")).containsOnlyKeys("consistency", "complete", "ingestedThrough");
                assertThat(meta.getBoolean("meta.complete")).isTrue();
                assertThat(through(meta, fleet)).isBetween(before.minusSeconds(10), Instant.now());
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-ndjson", "text/csv"})
    void reportsCompletenessInHeadersOfAStream(String accept) {
        try (TestFleet fleet = TestFleet.ofType("complete")) {
            String sensorId = stored(fleet);
            Response answer = given().urlEncodingEnabled(false)
                    .accept(accept)
                    .get("/api/v1/sensors/" + sensorId + "/readings?" + TEN_MINUTES + "&consistency=all");
            assertThat(answer.header("telltale-consistency")).isEqualTo("all");
            assertThat(answer.header("telltale-complete")).isEqualTo("true");
            assertThat(answer.header("telltale-reason")).isNull();
            String through = answer.header("telltale-ingested-through");
            assertThat(through).matches("sensors\\.complete=20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        }
    }

    /** Kafka has uncommitted records of a transaction, which consumers cannot read yet. */
    @Test
    void reportsALagByTheTimeOfTheLastDurableRecord() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("behind-" + SharedStack.get().nextNumber());
                KafkaProducer<String, String> producer = transactional()) {
            Instant before = Instant.now();
            String sensorId = stored(fleet);
            Instant after = Instant.now();
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(fleet.topic(), sensorId, "{}")).get(30, TimeUnit.SECONDS);

            JsonPath page = page(sensorId, "from=now-1h");
            assertThat(page.getBoolean("meta.complete")).isFalse();
            assertThat(page.getString("meta.reason")).isEqualTo("ingest-lag");
            assertThat(through(page, fleet)).isBetween(before.minusMillis(1), after);
            assertThat(page(sensorId, TEN_MINUTES).getBoolean("meta.complete")).isTrue();
            given().get("/api/v1/readings?type=" + fleet.topic().substring("sensors.".length()) + "&site=nowhere")
                    .then()
                    .statusCode(200)
                    .header("telltale-reason", "ingest-lag");

            Response stream = given().urlEncodingEnabled(false)
                    .accept("text/csv")
                    .get("/api/v1/sensors/" + sensorId + "/readings");
            assertThat(stream.header("telltale-complete")).isEqualTo("false");
            assertThat(stream.header("telltale-reason")).isEqualTo("ingest-lag");
            producer.abortTransaction();
        }
    }

    @Test
    void reportsARangeBeforeTheRetention() {
        try (TestFleet fleet = TestFleet.ofType("kept-for-a-day")) {
            String sensorId = fleet.newSensor();
            fleet.send(sensorId, Instant.now().toEpochMilli(), 1);
            fleet.awaitStored();
            assertThat(page(sensorId, "from=now-25h").getString("meta.reason")).isEqualTo("retention");
            assertThat(page(sensorId, "from=now-25h&to=now-25h").getBoolean("meta.complete"))
                    .isTrue();
            assertThat(page(sensorId, "from=now-23h").getString("meta.reason")).isNotEqualTo("retention");
        }
    }

    @Test
    void countsAndDropsAnExpiredReading() {
        try (TestFleet fleet = TestFleet.ofType("kept-for-a-day")) {
            String sensorId = fleet.newSensor();
            double before = expired();
            fleet.send(sensorId, Instant.now().minus(Duration.ofHours(25)).toEpochMilli(), 1);
            fleet.send(sensorId, Instant.now().toEpochMilli(), 2);
            fleet.awaitStored();
            assertThat(expired() - before).isOne();
            assertThat(page(sensorId, "from=now-26h").getList("readings.value")).containsExactly(2);
        }
    }

    private static double expired() {
        return given().accept("text/plain")
                .get("/q/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith("telltale_readings_expired_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    /**
     * Two partitions, each with its number of records and its stored progress: {@code offset@record time}, with epoch 1
     * for a recreated topic.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
                    nothing was ever sent                      | 0 | none   | 0 | none   | now
                    all is durable                             | 3 | 3@1000 | 2 | 2@2000 | now
                    one has nothing in it                      | 3 | 3@1000 | 0 | none   | now
                    nothing is noted of one with records       | 3 | none   | 2 | 2@2000 | unknown
                    one lags                                   | 3 | 2@1000 | 2 | 2@2000 | 1000
                    both lag                                   | 3 | 2@1000 | 2 | 1@500  | 500
                    one lags, its record times are producers'  | 3 | 2@     | 2 | 2@2000 | unknown
                    none lags, record times are producers'     | 3 | 3@     | 2 | 2@     | now
                    noted by a broker whose clock is ahead     | 3 | 2@9999999999999 | 2 | 2@2000 | now
                    """)
    void reportsTheLowestWatermarkOfAllPartitions(
            String what, int firstRecords, String firstNoted, int secondRecords, String secondNoted, String expected)
            throws Exception {
        try (ReachTopic topic = new ReachTopic()) {
            topic.send(0, firstRecords);
            topic.send(1, secondRecords);
            answer(epochs.of(topic.name, topic.id(), Uni.createFrom().item(true)));
            topic.note(0, 1, firstNoted);
            topic.note(1, 1, secondNoted);
            assertThat(reachOf(topic)).as(what).isEqualTo(expected);
        }
    }

    @Test
    void ignoresTheWatermarksOfARecreatedTopic() throws Exception {
        try (ReachTopic topic = new ReachTopic()) {
            topic.send(0, 3);
            answer(epochs.of(
                    topic.name, "the id of a topic before", Uni.createFrom().item(true)));
            topic.note(0, 1, "1000@1000");
            assertThat(reachOf(topic))
                    .as("before ingest knows of the new topic")
                    .isEqualTo("unknown");
            answer(epochs.of(topic.name, topic.id(), Uni.createFrom().item(true)));
            assertThat(reachOf(topic)).as("before anything is noted of it").isEqualTo("unknown");
            topic.note(0, 2, "2@5000");
            assertThat(reachOf(topic)).isEqualTo("5000");
        }
    }

    @Test
    void ignoresRecordsThatKafkaHasRemoved() throws Exception {
        try (ReachTopic topic = new ReachTopic()) {
            topic.send(0, 3);
            topic.remove(0, 3);
            assertThat(reachOf(topic)).isEqualTo("now");
        }
    }

    @Test
    void reportsNoLagOfADeletedTopic() {
        assertThat(answer(watermarks.check("reach-that-never-was", NOW))).hasValue(new Watermark(NOW, NOW));
    }

    private String reachOf(ReachTopic topic) {
        Optional<Watermark> found = answer(watermarks.check(topic.name, NOW));
        return found.map(Watermark::throughMillis)
                .map(millis -> millis == NOW ? "now" : "" + millis)
                .orElse("unknown");
    }

    /** A topic that ingest does not read, with two partitions. */
    private final class ReachTopic implements AutoCloseable {
        private final String name = "reach-" + SharedStack.get().nextNumber();
        private final Admin admin = SharedStack.get().kafka().admin();
        private final KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", SharedStack.get().kafka().bootstrapServers()),
                new StringSerializer(),
                new StringSerializer());

        ReachTopic() throws Exception {
            admin.createTopics(List.of(new NewTopic(name, 2, (short) 1))).all().get(30, TimeUnit.SECONDS);
            FreshTopics.awaitPartitions(admin, name);
        }

        String id() throws Exception {
            TopicDescription described = admin.describeTopics(List.of(name))
                    .allTopicNames()
                    .get(30, TimeUnit.SECONDS)
                    .get(name);
            return Objects.requireNonNull(described).topicId().toString();
        }

        void send(int partition, int records) throws Exception {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(name, partition, null, "{}")).get(30, TimeUnit.SECONDS);
            }
        }

        void remove(int partition, long before) throws Exception {
            admin.deleteRecords(Map.of(new TopicPartition(name, partition), RecordsToDelete.beforeOffset(before)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }

        void note(int partition, int epoch, @Nullable String noted) {
            if (noted != null) {
                int at = noted.indexOf('@');
                String recordTime = noted.substring(at + 1);
                answer(progress.advance(
                        name,
                        List.of(new PartitionProgress(
                                partition,
                                epoch,
                                Long.parseLong(noted.substring(0, at)),
                                recordTime.isEmpty()
                                        ? OptionalLong.empty()
                                        : OptionalLong.of(Long.parseLong(recordTime))))));
            }
        }

        @Override
        public void close() {
            producer.close();
            admin.close();
        }
    }

    private static String stored(TestFleet fleet) {
        String sensorId = fleet.newSensor();
        fleet.send(sensorId, "2026-01-01T00:01:00Z", 1);
        fleet.awaitStored();
        return sensorId;
    }

    private static JsonPath page(String sensorId, String query) {
        Response answer = given().urlEncodingEnabled(false).get("/api/v1/sensors/" + sensorId + "/readings?" + query);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static Instant through(JsonPath page, TestFleet fleet) {
        Map<String, String> through = page.getMap("meta.ingestedThrough");
        assertThat(through).containsOnlyKeys(fleet.topic());
        return Instant.parse(through.get(fleet.topic()));
    }

    private static KafkaProducer<String, String> transactional() {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        SharedStack.get().kafka().bootstrapServers(),
                        "transactional.id",
                        "completeness-" + SharedStack.get().nextNumber()),
                new StringSerializer(),
                new StringSerializer());
    }

    private static <T> T answer(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
