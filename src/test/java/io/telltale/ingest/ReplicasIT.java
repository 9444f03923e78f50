package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.local.TcpRelay;
import io.telltale.sensors.SensorType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * One or two packaged replicas, each with the group and keyspace of a test: replicas join and leave, a topic is
 * replayed, and topics change while the service is down.
 */
@Tag("servers")
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplicasIT {

    private static final Logger log = Logger.getLogger(ReplicasIT.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long START = 1_767_225_600_000L;
    /** The held readings, one more poll, and the polls that wait. */
    private static final int MOST_IN_FLIGHT = 5_000 + 3 * 1_000;

    private static final int MOST_SENT = 100_000;
    private static final int MOST_UNTIL_SHARED = 50_000;
    private static final Clock CLOCK = Clock.systemUTC();

    private final SharedStack stack = SharedStack.get();
    private final HttpClient http = HttpClient.newHttpClient();

    private @TempDir Path directory = Path.of("");
    private String keyspace = "";

    @BeforeAll
    void aKeyspaceForAll() {
        keyspace = "telltale_replicas_" + stack.nextNumber();
    }

    @Test
    void losesNothingWhenReplicasJoinAndLeave() throws Exception {
        String type = "shared-" + stack.nextNumber();
        String group = "g-" + type;
        try (RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime");
                ServiceProcess first = service(group, "first");
                ServiceProcess second = service(group, "second")) {
            first.start();
            int joined = sendUntilDone(sender, type, 0, CompletableFuture.runAsync(second::start));
            int shared = joined;
            // A started replica may not have its partitions yet.
            do {
                sendSpread(sender, type, shared, shared + 1_000);
                shared += 1_000;
                awaitAllCommitted(group, type);
            } while (received(second, type) == 0 && shared < joined + MOST_UNTIL_SHARED);
            double both = received(first, type) + received(second, type);
            log.infof("a replica joined: %d records sent, %.0f received", shared, both);
            assertThat(received(second, type))
                    .as("records of the replica that joined")
                    .isPositive();
            assertThat(both - shared)
                    .as("records received twice when a replica joined")
                    .isBetween(0.0, (double) MOST_IN_FLIGHT);

            double before = received(first, type);
            int all = sendUntilDone(sender, type, shared, CompletableFuture.runAsync(second::close));
            awaitAllCommitted(group, type);
            double since = received(first, type) - before;
            log.infof("a replica left: %d records sent since, %.0f received by the other", all - shared, since);
            assertThat(since).as("records of the replica that stayed").isPositive();
            assertThat(since - (all - shared))
                    .as("records received twice when a replica left, less those it had processed before")
                    .isLessThanOrEqualTo(MOST_IN_FLIGHT);
            assertThat(answer(first, type).lines().count()).as("readings").isEqualTo(all);
        }
    }

    /** Sends consecutive numbers while an action runs, and returns the next number. */
    private static int sendUntilDone(RecordSender sender, String type, int from, CompletableFuture<Void> something)
            throws Exception {
        int next = from;
        while (!something.isDone() && next < from + MOST_SENT) {
            sendSpread(sender, type, next, next + 100);
            next += 100;
        }
        something.get(90, TimeUnit.SECONDS);
        return next;
    }

    @Test
    void replaysATopicWithoutChange() throws Exception {
        String appended = "appended-" + stack.nextNumber();
        String created = "created-" + stack.nextNumber();
        Random random = new Random(11);
        long recordTime = CLOCK.millis() - 10_000;
        try (RecordSender byBroker = RecordSender.toNewTopic(appended, "LogAppendTime");
                RecordSender byProducer = RecordSender.toNewTopic(created, "CreateTime")) {
            for (int i = 0; i < 1_500; i++) {
                // About five records per instant, in all partitions: duplicates, corrections, out of order.
                int instant = random.nextInt(300);
                byBroker.sendWithoutWaiting(null, body(appended, instant, i));
                byProducer.sendWithoutWaiting(i % 3, recordTime + random.nextInt(1_000), body(created, instant, i));
            }
            byBroker.flush();
            byProducer.flush();
            List<String> before = new ArrayList<>();
            try (ServiceProcess service = service("g-once-" + appended, "once")) {
                service.start();
                awaitAllCommitted("g-once-" + appended, appended);
                awaitAllCommitted("g-once-" + appended, created);
                before.add(answer(service, appended));
                before.add(answer(service, created));
            }
            assertThat(before.get(0).lines().count()).isGreaterThan(200);
            assertThat(before.get(1).lines().count()).isGreaterThan(200);
            // With small polls, which mix the partitions in another way, and by two replicas.
            try (ServiceProcess one = service("g-again-" + appended, "one", "7");
                    ServiceProcess other = service("g-again-" + appended, "other", "13")) {
                one.start();
                other.start();
                awaitAllCommitted("g-again-" + appended, appended);
                awaitAllCommitted("g-again-" + appended, created);
                assertThat(received(one, appended) + received(other, appended)).isGreaterThanOrEqualTo(1_500);
                assertThat(List.of(answer(one, appended), answer(one, created))).isEqualTo(before);
            }
        }
    }

    /** Changes topics while the service is down, so that only the committed offsets reveal it. */
    @Test
    void detectsTopicChangesAtStartup() throws Exception {
        String lost = "gone-" + stack.nextNumber();
        String recreated = "recreated-" + stack.nextNumber();
        String group = "g-" + lost;
        TopicPartition ofLost = new TopicPartition("sensors." + lost, 0);
        TopicPartition ofRecreated = new TopicPartition("sensors." + recreated, 0);
        OffsetAndMetadata ofTheTopicBefore;
        try (RecordSender toLost = RecordSender.toNewTopic(lost, "LogAppendTime");
                RecordSender toRecreated = RecordSender.toNewTopic(recreated, "LogAppendTime");
                Admin admin = stack.kafka().admin()) {
            send(toLost, lost, 0, 10);
            send(toRecreated, recreated, 0, 10);
            try (ServiceProcess service = service(group, "before")) {
                service.start();
                awaitAllCommitted(group, lost);
                awaitAllCommitted(group, recreated);
            }
            ofTheTopicBefore = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(30, TimeUnit.SECONDS)
                    .get(ofRecreated);
            assertThat(ofTheTopicBefore).isNotNull();
            send(toLost, lost, 10, 30);
            admin.deleteRecords(Map.of(ofLost, RecordsToDelete.beforeOffset(25)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            RecreatedTopicsTest.recreate(recreated, 1);
        }
        try (RecordSender toRecreated = RecordSender.toTopic(recreated);
                Admin admin = stack.kafka().admin()) {
            // As many as the old incarnation had, so that there is nothing to poll from the committed offset.
            send(toRecreated, recreated, 10, 20);
            // Kafka deletes the offsets of a deleted topic, unless the coordinator is unavailable then.
            admin.alterConsumerGroupOffsets(group, Map.of(ofRecreated, ofTheTopicBefore))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        try (ServiceProcess service = service(group, "after")) {
            service.start();
            await().atMost(LIMIT).untilAsserted(() -> assertThat(ServiceMetrics.of(service.baseUrl())
                            .sum("telltale_records_lost_total", "topic", "sensors." + lost))
                    .isEqualTo(15));
            await().atMost(LIMIT).untilAsserted(() -> assertThat(
                            answer(service, recreated).lines().count())
                    .isEqualTo(20));
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(answer(service, lost).lines().count()).isEqualTo(15));
            assertThat(Files.readString(service.log()))
                    .contains("Lost up to 15 records of topic=sensors.%s partition=0, offsets 10 to 24".formatted(lost))
                    .contains("topic=sensors.%s was recreated".formatted(recreated));
        }
    }

    @Test
    void boundsHeldReadingsWhileCassandraIsSlow() throws Exception {
        String type = "slow-" + stack.nextNumber();
        String group = "g-" + type;
        int records = 20_000;
        try (TcpRelay relay = TcpRelay.to(stack.cassandra().contactPoint());
                RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime");
                ServiceProcess service = new ServiceProcess(settings(group, "slow", "1000")
                        .with("quarkus.cassandra.contact-points", relay.address())
                        // A new group would first read the records of other tests.
                        .with("mp.messaging.incoming.sensors.topic", "sensors\\." + type))) {
            service.start();
            relay.delayAnswers(Duration.ofMillis(300));
            Instant sent = CLOCK.instant();
            sendSpread(sender, type, 0, records);
            List<Double> held = new ArrayList<>();
            await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).until(() -> {
                held.add(ServiceMetrics.of(service.baseUrl()).sum("telltale_readings_held"));
                return CommittedOffsets.missing(SharedStack.get().kafka(), group, new SensorType(type)::equals)
                        .isEmpty();
            });
            log.infof(
                    "%d readings durable after %s with answers 300 ms late; held: %s",
                    records, Duration.between(sent, CLOCK.instant()), held);
            assertThat(held).allSatisfy(readings -> assertThat(readings).isLessThanOrEqualTo(6_000));
            assertThat(answer(service, type).lines().count()).isEqualTo(records);

            relay.cut();
            sender.send(type, body(type, records, 1));
            await().atMost(LIMIT).untilAsserted(() -> assertThat(get(service, "/q/health/ready"))
                    .contains("waits: "));
            relay.delayAnswers(Duration.ZERO);
            relay.mend();
            awaitAllCommitted(group, type);
            assertThat(answer(service, type).lines().count()).isEqualTo(records + 1);
        }
    }

    private ServiceProcess service(String group, String name) {
        return service(group, name, "1000");
    }

    private ServiceProcess service(String group, String name, String pollRecords) {
        return new ServiceProcess(settings(group, name, pollRecords));
    }

    private ServiceSettings settings(String group, String name, String pollRecords) {
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory.resolve(group + name))
                .with("mp.messaging.incoming.sensors.group.id", group)
                .with("mp.messaging.incoming.sensors.max.poll.records", pollRecords)
                .with("mp.messaging.incoming.sensors.metadata.max.age.ms", "1000")
                .with("telltale.ingest.held-readings", "5000")
                .with("telltale.storage.keyspace", keyspace);
    }

    private static void awaitAllCommitted(String group, String type) {
        FleetAccounts.awaitAllCommitted(group, Set.of(new SensorType(type)), LIMIT);
    }

    private static double received(ServiceProcess service, String type) {
        return ServiceMetrics.of(service.baseUrl()).sum("telltale_readings_received_total", "topic", "sensors." + type);
    }

    private String answer(ServiceProcess service, String id) throws IOException, InterruptedException {
        return get(service, "/api/v1/sensors/" + id + "/readings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z");
    }

    private String get(ServiceProcess service, String path) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create(service.baseUrl() + path))
                                .header("Accept", path.startsWith("/api") ? "application/x-ndjson" : "*/*")
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static void sendSpread(RecordSender sender, String id, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            sender.sendWithoutWaiting(i % 3, CLOCK.millis(), body(id, i, i));
        }
        sender.flush();
    }

    private static void send(RecordSender sender, String id, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            sender.send(null, body(id, i, i));
        }
    }

    private static String body(String id, int instant, int value) {
        return "{\"sensorId\":\"%s\",\"timestamp\":%d,\"value\":%d}".formatted(id, START + instant, value);
    }
}
