package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.fleet.TestFleet;
import io.telltale.live.StitchedEvents.Sent;
import io.telltale.local.LongTests;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Removes records, deletes and recreates the topic, and freezes and kills replicas of the packaged service under open,
 * resumed and replaying streams. Compares what each subscriber received with what is stored: no stored reading is missing
 * without a gap after it, and none is delivered twice.
 *
 * <p>Each kind of fault once by default, in an order chosen by {@code -Dseed=}. {@code -Dlong -Dminutes=10} repeats them
 * for ten minutes.
 */
@Tag("servers")
@Tag("long")
class LiveRemovalIT {

    private static final Logger log = Logger.getLogger(LiveRemovalIT.class);
    private static final long SEED = Long.getLong("seed", 1);
    private static final Duration LENGTH =
            LongTests.isFullSize() ? Duration.ofMinutes(LongTests.minutes(1)) : Duration.ZERO;
    private static final int SENSORS = 9;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final long MIDNIGHT = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
    private static final Pattern STORED = Pattern.compile("\"timestamp\":\"(.+)\",\"value\":([0-9]+)}");

    private final SharedStack stack = SharedStack.get();
    private final Random random = new Random(SEED);
    private final String type = "removal-" + stack.nextNumber();
    private final List<String> sensors = new ArrayList<>();
    private final List<ServiceProcess> replicas = new ArrayList<>();
    private final List<ReconnectingSubscriber> subscribers = new ArrayList<>();

    /** When each value was sent, by {@link System#nanoTime}. A value is sent once to each sensor. */
    private final Map<Integer, Long> sentAtNanos = new HashMap<>();

    private enum Fault {
        RETENTION,
        RETENTION_WHILE_FROZEN,
        RECREATION,
        RECREATION_WHILE_FROZEN,
        DELETION_WHILE_FROZEN,
        KILL
    }

    @Test
    void noStoredReadingIsMissingWithoutAGapNorTwice(@TempDir Path directory) throws Exception {
        log.infof("-Dseed=%d", SEED);
        try {
            for (int replica = 0; replica < 2; replica++) {
                replicas.add(new ServiceProcess(settings(directory.resolve("replica-" + replica))));
                replicas.get(replica).start();
            }
            try (TestFleet fleet = TestFleet.ofType(type)) {
                for (int sensor = 0; sensor < SENSORS; sensor++) {
                    sensors.add(fleet.newSensor());
                }
                send(fleet, 1);
            }
            // Where they are registered, a subscription includes their topic only.
            awaitHistory(values -> values.contains(0));
            subscribe();
            injectFaults();
            requireAll();
        } finally {
            replicas.forEach(ServiceProcess::kill);
        }
    }

    private ServiceSettings settings(Path directory) {
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .with("mp.messaging.incoming.sensors.group.id", "g-" + type)
                .with("mp.messaging.incoming.sensors.session.timeout.ms", "6000")
                .with("mp.messaging.incoming.sensors.heartbeat.interval.ms", "1500")
                .with("telltale.storage.keyspace", "telltale_" + type.replace('-', '_'));
    }

    private void subscribe() {
        List<String> urls = replicas.stream().map(ServiceProcess::baseUrl).toList();
        String ofType = "/api/v1/readings/stream?type=" + type;
        for (String url : urls) {
            subscribers.add(new ReconnectingSubscriber(ofType, List.of(url), random.nextLong(), Integer.MAX_VALUE));
        }
        subscribers.add(new ReconnectingSubscriber(ofType, urls, random.nextLong(), 100));
        subscribers.add(new ReconnectingSubscriber(
                "/api/v1/readings/stream?sensor=" + sensors.get(0), urls, random.nextLong(), 30));
        subscribers.add(
                new ReconnectingSubscriber(ofType + "&since=2026-01-01T00:00:00Z", urls, random.nextLong(), 200));
        await().atMost(LIMIT).until(() -> subscribers.stream()
                .allMatch(subscriber -> subscriber.isBegun() || subscriber.failure() != null));
    }

    private void injectFaults() throws Exception {
        long endNanos = System.nanoTime() + LENGTH.toNanos();
        do {
            List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
            Collections.shuffle(faults, random);
            for (Fault fault : faults) {
                log.infof("%s at value %d", fault, sentAtNanos.size());
                inject(fault);
                try (TestFleet fleet = TestFleet.ofType(type)) {
                    send(fleet, 1 + random.nextInt(20));
                }
            }
        } while (System.nanoTime() < endNanos);
        awaitLast();
    }

    private void inject(Fault fault) throws Exception {
        ServiceProcess replica = replicas.get(random.nextInt(replicas.size()));
        try (TestFleet fleet = TestFleet.ofType(type)) {
            send(fleet, 10 + random.nextInt(40));
            switch (fault) {
                case RETENTION -> removeRecords();
                case RECREATION -> recreate();
                case KILL -> {
                    replica.kill();
                    send(fleet, 20);
                    replica.start();
                }
                case RETENTION_WHILE_FROZEN, RECREATION_WHILE_FROZEN, DELETION_WHILE_FROZEN -> {
                    replica.pause();
                    long frozenAtNanos = System.nanoTime();
                    try {
                        send(fleet, 20 + random.nextInt(40));
                        int last = sentAtNanos.size() - 1;
                        if (random.nextBoolean()) {
                            awaitHistory(values -> values.contains(last));
                        }
                        switch (fault) {
                            case RETENTION_WHILE_FROZEN -> removeRecords();
                            case RECREATION_WHILE_FROZEN -> recreate();
                            default -> delete();
                        }
                    } finally {
                        replica.resume();
                    }
                    if (fault == Fault.DELETION_WHILE_FROZEN) {
                        awaitGapOf(replica, frozenAtNanos);
                    }
                }
            }
        }
    }

    /** Waits until a replica has noticed that the topic is deleted, before it is created again. */
    private void awaitGapOf(ServiceProcess replica, long sinceNanos) {
        ReconnectingSubscriber only = subscribers.get(replicas.indexOf(replica));
        await().atMost(LIMIT)
                .until(() ->
                        only.failure() != null || only.gapsAtNanos().stream().anyMatch(gap -> gap - sinceNanos > 0));
    }

    /** Sends values to all sensors, in order. */
    private void send(TestFleet fleet, int count) {
        for (int each = 0; each < count; each++) {
            int value = sentAtNanos.size();
            sentAtNanos.put(value, System.nanoTime());
            sensors.forEach(sensor -> fleet.send(sensor, MIDNIGHT + value * 1_000L, value));
            fleet.flush();
        }
    }

    private void removeRecords() throws Exception {
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        for (int partition = 0; partition < 3; partition++) {
            all.put(new TopicPartition("sensors." + type, partition), RecordsToDelete.beforeOffset(-1));
        }
        try (Admin admin = stack.kafka().admin()) {
            admin.deleteRecords(all).all().get(30, TimeUnit.SECONDS);
        }
    }

    private void recreate() throws Exception {
        delete();
        // Creates it.
        TestFleet.ofType(type).close();
    }

    private void delete() throws Exception {
        try (Admin admin = stack.kafka().admin()) {
            admin.deleteTopics(List.of("sensors." + type)).all().get(30, TimeUnit.SECONDS);
        }
    }

    /** Sends a value until each subscriber has received it, and history has it. */
    private void awaitLast() throws Exception {
        try (TestFleet fleet = TestFleet.ofType(type)) {
            send(fleet, 1);
        }
        int last = sentAtNanos.size() - 1;
        awaitHistory(values -> values.contains(last));
        await().atMost(LIMIT).untilAsserted(() -> assertThat(subscribers)
                .allSatisfy(subscriber -> assertThat(subscriber.failure() != null
                                || filter(subscriber).stream().allMatch(sensor -> subscriber.newest(sensor) == last))
                        .as("value %d was received, path %s", last, subscriber.path())
                        .isTrue()));
    }

    private List<String> filter(ReconnectingSubscriber subscriber) {
        return subscriber.path().contains("sensor=") ? List.of(sensors.get(0)) : sensors;
    }

    private void awaitHistory(Predicate<Set<Integer>> condition) {
        await().atMost(LIMIT).ignoreExceptions().until(() -> {
            for (String sensor : sensors) {
                if (!condition.test(history(sensor).keySet())) {
                    return false;
                }
            }
            return true;
        });
    }

    /** The stored event times of a sensor by value. */
    private Map<Integer, Long> history(String sensor) throws IOException, InterruptedException {
        ServiceProcess replica =
                replicas.stream().filter(ServiceProcess::isAlive).findFirst().orElseThrow();
        IOException failure = new IOException("no replica");
        for (ServiceProcess one : List.of(replica, replicas.get(1), replicas.get(0))) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(
                            one.baseUrl() + "/api/v1/sensors/" + sensor + "/readings?from=2026-01-01T00:00:00Z"))
                    .timeout(Duration.ofSeconds(2))
                    .header("Accept", "application/x-ndjson")
                    .build();
            try {
                HttpResponse<String> answer =
                        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(200);
                Map<Integer, Long> stored = new TreeMap<>();
                Matcher lines = STORED.matcher(answer.body());
                while (lines.find()) {
                    stored.put(
                            Integer.parseInt(lines.group(2)),
                            Instant.parse(lines.group(1)).toEpochMilli());
                }
                return stored;
            } catch (IOException frozen) {
                failure = frozen;
            }
        }
        throw failure;
    }

    private void requireAll() throws Exception {
        Map<String, Set<Integer>> stored = new TreeMap<>();
        for (String sensor : sensors) {
            stored.put(sensor, history(sensor).keySet());
        }
        for (ReconnectingSubscriber subscriber : subscribers) {
            Map<String, List<Sent>> seen = subscriber.stop();
            int missing = 0;
            for (String sensor : filter(subscriber)) {
                List<Integer> values = seen.getOrDefault(sensor, List.of()).stream()
                        .map(Sent::value)
                        .toList();
                assertThat(values)
                        .as("values of %s on %s, seed %d", sensor, subscriber.path(), SEED)
                        .doesNotHaveDuplicates();
                Set<Integer> notSeen = new HashSet<>(stored.getOrDefault(sensor, Set.of()));
                values.forEach(notSeen::remove);
                notSeen.remove(0);
                missing += notSeen.size();
                assertThat(notSeen)
                        .as("values of %s missing on %s without a gap, seed %d", sensor, subscriber.path(), SEED)
                        .allMatch(value -> isFollowedByGap(subscriber, value));
            }
            log.infof(
                    "%s: %d events in %d streams, %d gaps, %d stored readings were not received",
                    subscriber.path(),
                    subscriber.seen(),
                    subscriber.cuts(),
                    subscriber.gapsAtNanos().size(),
                    missing);
        }
    }

    private boolean isFollowedByGap(ReconnectingSubscriber subscriber, int value) {
        return subscriber.gapsAtNanos().stream().anyMatch(gap -> gap - sentAtNanos.getOrDefault(value, 0L) > 0);
    }
}
