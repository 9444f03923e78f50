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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Restarts replicas of the packaged service one after another, by SIGTERM and by SIGKILL, while readings, repeats and
 * corrections stream. Subscribers are cut off at random moments and resume on any replica. Each must receive every
 * accepted record of its filter once, in order per sensor, and no gap. At the end Cassandra has the last records.
 *
 * <p>Two replicas and two restarts by default. {@code -Dlong -Dminutes=10} runs three replicas, 3,000 readings/s and
 * forty restarts; {@code -Dseed=} selects other moments.
 */
@Tag("servers")
@Tag("long")
class LiveReplicasIT {

    private static final Logger log = Logger.getLogger(LiveReplicasIT.class);
    private static final long SEED = Long.getLong("seed", 1);
    private static final boolean IS_FULL_SIZE = LongTests.isFullSize();
    private static final int RESTARTS = IS_FULL_SIZE ? 4 * LongTests.minutes(1) : 2;
    private static final int REPLICAS = IS_FULL_SIZE ? 3 : 2;
    private static final int SENSORS = 60;
    private static final int ROUNDS_PER_SECOND = IS_FULL_SIZE ? 50 : 10;
    private static final int SITES = 3;
    /** At 3,000 readings/s, a dozen subscribers that reconnect every few hundred events would do nothing else. */
    private static final int LONGEST_STREAM = IS_FULL_SIZE ? 20_000 : 1_000;

    private static final Duration CATCHING_UP = Duration.ofMinutes(2);
    private static final long MIDNIGHT = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();

    private final SharedStack stack = SharedStack.get();
    private final Map<String, List<Sent>> sent = new TreeMap<>();
    private final List<ServiceProcess> replicas = new ArrayList<>();

    @Test
    void noSubscriberSeesAGapWhenReplicasRestart(@TempDir Path directory) throws Exception {
        log.infof("-Dseed=%d", SEED);
        String type = "restarted-" + stack.nextNumber();
        String group = "g-" + type;
        try (TestFleet fleet = TestFleet.ofType(type)) {
            for (int sensor = 0; sensor < SENSORS; sensor++) {
                sent.put(fleet.newSensor(), new ArrayList<>());
            }
            for (int replica = 0; replica < REPLICAS; replica++) {
                replicas.add(new ServiceProcess(settings(group, directory.resolve("replica-" + replica))));
                replicas.get(replica).start();
            }
            sendRound(fleet);
            fleet.flush();
            awaitStored();
            streamWhileReplicasRestart(fleet, type);
            awaitStored();
        } finally {
            replicas.forEach(ServiceProcess::kill);
        }
    }

    private ServiceSettings settings(String group, Path directory) {
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .with("mp.messaging.incoming.sensors.group.id", group)
                .with("mp.messaging.incoming.sensors.session.timeout.ms", "6000")
                .with("mp.messaging.incoming.sensors.heartbeat.interval.ms", "1500")
                .with("telltale.storage.keyspace", "telltale_" + group.replace('-', '_'));
    }

    private void streamWhileReplicasRestart(TestFleet fleet, String type) throws Exception {
        Random random = new Random(SEED);
        List<String> urls = replicas.stream().map(ServiceProcess::baseUrl).toList();
        String one = sent.keySet().iterator().next();
        List<ReconnectingSubscriber> live = new ArrayList<>();
        for (String filter :
                List.of("type=" + type, "site=" + site(0), "site=" + site(1) + "&type=" + type, "sensor=" + one)) {
            live.add(new ReconnectingSubscriber(
                    "/api/v1/readings/stream?" + filter, urls, random.nextLong(), LONGEST_STREAM));
        }
        await().atMost(CATCHING_UP).until(() -> live.stream()
                .allMatch(subscriber -> subscriber.isBegun() || subscriber.failure() != null));
        int before = rounds();
        AtomicBoolean isEnough = new AtomicBoolean();
        Thread sending = new Thread(() -> sendUntil(isEnough, fleet), "sending");
        sending.start();
        List<ReconnectingSubscriber> replaying = new ArrayList<>();
        for (int restart = 0; restart < RESTARTS; restart++) {
            replaying.add(new ReconnectingSubscriber(
                    "/api/v1/readings/stream?type=" + type + "&since=2026-01-01T00:00:00Z",
                    urls,
                    random.nextLong(),
                    LONGEST_STREAM));
            restart(replicas.get(restart % REPLICAS), (restart + SEED) % 2 == 0);
        }
        isEnough.set(true);
        sending.join(CATCHING_UP.toMillis());
        assertThat(sending.isAlive()).isFalse();
        for (ReconnectingSubscriber subscriber : live) {
            requireAll(subscriber, before, filter(subscriber.path(), one));
        }
        for (ReconnectingSubscriber subscriber : replaying) {
            requireStitched(subscriber);
        }
    }

    private void restart(ServiceProcess replica, boolean isKilled) {
        long beginNanos = System.nanoTime();
        if (isKilled) {
            replica.kill();
        } else {
            replica.stop();
        }
        replica.start();
        log.infof(
                "%s by %s took %d ms",
                replica.baseUrl(),
                isKilled ? "SIGKILL" : "SIGTERM",
                Duration.ofNanos(System.nanoTime() - beginNanos).toMillis());
    }

    private Predicate<String> filter(String path, String one) {
        List<String> ids = List.copyOf(sent.keySet());
        for (int site = 0; site < SITES; site++) {
            if (path.contains("site=" + site(site))) {
                int wanted = site;
                return id -> ids.indexOf(id) % SITES == wanted;
            }
        }
        return path.contains("sensor=") ? one::equals : id -> true;
    }

    private void requireAll(ReconnectingSubscriber subscriber, int fromRound, Predicate<String> filter)
            throws Exception {
        int all = sent.entrySet().stream()
                .filter(sensor -> filter.test(sensor.getKey()))
                .mapToInt(sensor -> sensor.getValue().size() - fromRound)
                .sum();
        await().atMost(CATCHING_UP).until(() -> subscriber.seen() >= all || subscriber.failure() != null);
        Map<String, List<Sent>> seen = subscriber.stop();
        assertThat(subscriber.gapsAtNanos()).as("gaps on %s", subscriber.path()).isEmpty();
        sent.forEach((id, records) -> assertThat(seen.getOrDefault(id, List.of()))
                .as("events of %s on %s, seed %d", id, subscriber.path(), SEED)
                .isEqualTo(filter.test(id) ? records.subList(fromRound, records.size()) : List.of()));
        log.infof("%s: %d events in %d streams, all of them once", subscriber.path(), all, subscriber.cuts());
    }

    private void requireStitched(ReconnectingSubscriber subscriber) throws Exception {
        String last = List.copyOf(sent.keySet()).get(SENSORS - 1);
        await().atMost(CATCHING_UP)
                .until(() -> subscriber.failure() != null || (subscriber.caughtUp() > 0 && subscriber.isQuiet()));
        Map<String, List<Sent>> seen = subscriber.stop();
        assertThat(subscriber.caughtUp())
                .as("caught-up on %s", subscriber.path())
                .isEqualTo(1);
        assertThat(subscriber.gapsAtNanos()).as("gaps on %s", subscriber.path()).isEmpty();
        sent.forEach((id, records) -> StitchedEvents.of(seen.getOrDefault(id, List.of()), records)
                .require("%s, seed %d".formatted(id, SEED)));
        StitchedEvents shown =
                StitchedEvents.of(seen.getOrDefault(last, List.of()), Objects.requireNonNull(sent.get(last)));
        log.infof(
                "%s: in %d streams; of %s %d were replayed and %d live",
                subscriber.path(), subscriber.cuts(), last, shown.replayed(), shown.live());
    }

    private static String site(int number) {
        return "restarted-site-" + number;
    }

    private int rounds() {
        return sent.values().iterator().next().size();
    }

    private void sendUntil(AtomicBoolean isEnough, TestFleet fleet) {
        long beginNanos = System.nanoTime();
        for (long round = 1; !isEnough.get(); round++) {
            sendRound(fleet);
            fleet.flush();
            LockSupport.parkNanos(beginNanos + round * (1_000_000_000L / ROUNDS_PER_SECOND) - System.nanoTime());
        }
    }

    /** Sends a record of each sensor: with a new event time, or with an earlier one, which it corrects. */
    private void sendRound(TestFleet fleet) {
        int round = rounds();
        int sensor = 0;
        for (Map.Entry<String, List<Sent>> one : sent.entrySet()) {
            Sent next = new Sent(MIDNIGHT + (round % 5 == 4 ? round - 3 : round) * 1_000L, round);
            one.getValue().add(next);
            fleet.send(one.getKey(), next.timestampMillis(), next.value(), Map.of("site", site(sensor % SITES)));
            sensor++;
        }
    }

    /** Awaits that Cassandra has the last record of each event time. */
    private void awaitStored() {
        HttpClient http = HttpClient.newHttpClient();
        sent.forEach((id, records) -> {
            Map<Long, Integer> current = new TreeMap<>();
            records.forEach(one -> current.put(one.timestampMillis(), one.value()));
            StringBuilder lines = new StringBuilder();
            current.forEach((millis, value) -> lines.append("{\"timestamp\":\"")
                    .append(Instant.ofEpochMilli(millis).toString().replaceFirst("(:..)Z", "$1.000Z"))
                    .append("\",\"value\":")
                    .append(value)
                    .append("}\n"));
            await().atMost(CATCHING_UP).ignoreExceptions().untilAsserted(() -> assertThat(stored(http, id))
                    .isEqualTo(lines.toString()));
        });
    }

    private String stored(HttpClient http, String id) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        replicas.get(0).baseUrl() + "/api/v1/sensors/" + id + "/readings?from=2026-01-01T00:00:00Z"))
                .header("Accept", "application/x-ndjson")
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
}
