package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.fleet.TestFleet;
import io.telltale.live.StitchedEvents.Sent;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * A topic whose records are removed under open, resumed and replaying streams. Compares what each subscriber received
 * with what is stored.
 */
final class RemovalScenario {

    private static final Logger log = Logger.getLogger(RemovalScenario.class);
    private static final int SENSORS = 9;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    /** Longer than the tail takes to discover topics, and than a gap fill waits for ingest of a deleted topic. */
    private static final Duration QUIET = Duration.ofSeconds(10);

    private static final long MIDNIGHT = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
    private static final Pattern STORED = Pattern.compile("\"timestamp\":\"(.+)\",\"value\":([0-9]+)}");

    private final SharedStack stack = SharedStack.get();
    private final HttpClient client = HttpClient.newHttpClient();
    private final String type;
    private final List<String> replicas;
    private final Random random;
    private final Path journals;
    private final List<String> sensors = new ArrayList<>();
    private final List<ReconnectingSubscriber> subscribers = new ArrayList<>();

    /** The replica that answered last: a request to one that is frozen takes seconds. */
    private int answering;

    /** When each value was sent, by {@link System#nanoTime}. A value is sent once to each sensor. */
    private final Map<Integer, Long> sentAtNanos = new HashMap<>();

    /**
     * @param replicas the base URLs of the replicas
     * @param journals the directory for what each subscriber receives, with its ids: {@code subscriber-<number>.log}
     */
    RemovalScenario(String type, List<String> replicas, Random random, Path journals) {
        this.type = type;
        this.replicas = List.copyOf(replicas);
        this.random = random;
        this.journals = journals;
    }

    /** Registers the sensors, and opens the streams: one of each replica, and three that change the replica. */
    void begin() throws IOException {
        try (TestFleet fleet = TestFleet.ofType(type)) {
            for (int sensor = 0; sensor < SENSORS; sensor++) {
                sensors.add(fleet.newSensor());
            }
            send(fleet, 1);
        }
        // Where they are registered, a subscription includes their topic only.
        awaitHistory(0);
        String ofType = "/api/v1/readings/stream?type=" + type;
        for (String replica : replicas) {
            subscribe(ofType, List.of(replica), Integer.MAX_VALUE);
        }
        subscribe(ofType, replicas, 100);
        subscribe("/api/v1/readings/stream?sensor=" + sensors.get(0), replicas, 30);
        subscribe(ofType + "&since=2026-01-01T00:00:00Z", replicas, 200);
        await().atMost(LIMIT).until(() -> subscribers.stream()
                .allMatch(subscriber -> subscriber.isBegun() || subscriber.failure() != null));
    }

    private void subscribe(String path, List<String> of, int longestStream) throws IOException {
        Path file = journals.resolve("subscriber-%d.log".formatted(subscribers.size()));
        // Flushed line by line, so that nothing is missing when the test fails.
        PrintWriter journal = new PrintWriter(Files.newBufferedWriter(file), true);
        subscribers.add(new ReconnectingSubscriber(path, of, random.nextLong(), longestStream, journal::println));
    }

    /** The number of values that were sent. */
    int sent() {
        return sentAtNanos.size();
    }

    /** Sends values to all sensors, in order. */
    void send(int count) {
        try (TestFleet fleet = TestFleet.ofType(type)) {
            send(fleet, count);
        }
    }

    private void send(TestFleet fleet, int count) {
        for (int each = 0; each < count; each++) {
            int value = sentAtNanos.size();
            sentAtNanos.put(value, System.nanoTime());
            sensors.forEach(sensor -> fleet.send(sensor, MIDNIGHT + value * 1_000L, value));
            fleet.flush();
        }
    }

    /** Removes all records of the topic. */
    void removeRecords() throws Exception {
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        for (int partition = 0; partition < 3; partition++) {
            all.put(new TopicPartition("sensors." + type, partition), RecordsToDelete.beforeOffset(-1));
        }
        try (Admin admin = stack.kafka().admin()) {
            admin.deleteRecords(all).all().get(30, TimeUnit.SECONDS);
        }
    }

    void recreate() throws Exception {
        delete();
        // Creates it.
        TestFleet.ofType(type).close();
    }

    void delete() throws Exception {
        try (Admin admin = stack.kafka().admin()) {
            admin.deleteTopics(List.of("sensors." + type)).all().get(30, TimeUnit.SECONDS);
        }
    }

    /**
     * Waits until a replica, which is not frozen any more, knows that the topic is deleted: its stream has reported a
     * gap. A stream that was filling a gap fills in the deleted topic as well, without another gap, and is quiet then.
     */
    void awaitDeletionKnown(int replica, long sinceNanos) {
        ReconnectingSubscriber only = subscribers.get(replica);
        long startNanos = System.nanoTime();
        await().atMost(LIMIT)
                .until(() -> only.failure() != null
                        || only.gapsAtNanos().stream().anyMatch(gap -> gap - sinceNanos > 0)
                        || (only.isQuiet() && System.nanoTime() - startNanos > QUIET.toNanos()));
    }

    /** Waits until the last value is stored. */
    void awaitStored() {
        awaitHistory(sent() - 1);
    }

    /** Sends a value until each subscriber has received it, and history has it. */
    void awaitLast() {
        send(1);
        awaitStored();
        int last = sent() - 1;
        await().atMost(LIMIT).untilAsserted(() -> assertThat(subscribers)
                .allSatisfy(subscriber -> assertThat(subscriber.failure() != null
                                || filter(subscriber).stream().allMatch(sensor -> subscriber.newest(sensor) == last))
                        .as("value %d was received, path %s", last, subscriber.path())
                        .isTrue()));
    }

    private List<String> filter(ReconnectingSubscriber subscriber) {
        return subscriber.path().contains("sensor=") ? List.of(sensors.get(0)) : sensors;
    }

    private void awaitHistory(int value) {
        await().atMost(LIMIT).ignoreExceptions().until(() -> {
            for (String sensor : sensors) {
                if (!history(sensor).contains(value)) {
                    return false;
                }
            }
            return true;
        });
    }

    /** The stored values of a sensor. */
    private Set<Integer> history(String sensor) throws IOException, InterruptedException {
        IOException failure = new IOException("no replica");
        for (int tried = 0; tried < replicas.size(); tried++) {
            String replica = replicas.get(answering);
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(replica + "/api/v1/sensors/" + sensor + "/readings?from=2026-01-01T00:00:00Z"))
                    .timeout(Duration.ofSeconds(2))
                    .header("Accept", "application/x-ndjson")
                    .build();
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(200);
                Set<Integer> stored = new HashSet<>();
                Matcher lines = STORED.matcher(answer.body());
                while (lines.find()) {
                    stored.add(Integer.parseInt(lines.group(2)));
                }
                return stored;
            } catch (IOException unavailable) {
                failure = unavailable;
                answering = (answering + 1) % replicas.size();
            }
        }
        throw failure;
    }

    /**
     * Asserts that each subscriber received each reading once, and a gap where it did not receive a stored one: before
     * the next reading of the sensor.
     *
     * @return by subscriber, the number of stored readings that it did not receive, per value sent to its sensors
     */
    List<Double> requireAll() throws Exception {
        Map<String, Set<Integer>> stored = new TreeMap<>();
        for (String sensor : sensors) {
            stored.put(sensor, history(sensor));
        }
        List<Double> shares = new ArrayList<>();
        for (ReconnectingSubscriber subscriber : subscribers) {
            Map<String, List<Sent>> seen = subscriber.stop();
            Map<String, Set<Integer>> missing = new TreeMap<>();
            for (String sensor : filter(subscriber)) {
                List<Integer> values = seen.getOrDefault(sensor, List.of()).stream()
                        .map(Sent::value)
                        .toList();
                assertThat(values)
                        .as("values of %s on %s", sensor, subscriber.path())
                        .doesNotHaveDuplicates();
                Set<Integer> notSeen = new HashSet<>(stored.getOrDefault(sensor, Set.of()));
                values.forEach(notSeen::remove);
                notSeen.remove(0);
                if (!notSeen.isEmpty()) {
                    missing.put(sensor, notSeen);
                }
                assertThat(notSeen)
                        .as("values of %s missing on %s without a gap", sensor, subscriber.path())
                        .allMatch(value -> isBehindGap(subscriber, sensor, value));
            }
            int values = sent() * filter(subscriber).size();
            shares.add(missing.values().stream().mapToInt(Set::size).sum() / (double) values);
            log.infof(
                    "%s: %d events in %d streams, %d gaps; stored and not received: %s",
                    subscriber.path(),
                    subscriber.seen(),
                    subscriber.cuts(),
                    subscriber.gapsAtNanos().size(),
                    missing);
        }
        return shares;
    }

    private boolean isBehindGap(ReconnectingSubscriber subscriber, String sensor, int value) {
        long sent = Objects.requireNonNull(sentAtNanos.get(value));
        long next = subscriber.receivedAfter(sensor, value);
        return subscriber.gapsAtNanos().stream().anyMatch(gap -> gap > sent && gap <= next);
    }
}
