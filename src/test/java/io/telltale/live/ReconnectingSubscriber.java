package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.live.EventStream.Event;
import io.telltale.live.StitchedEvents.Sent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber that is cut off at random moments, or by a replica that is killed or shuts down, and resumes on another
 * replica behind the last received event.
 */
final class ReconnectingSubscriber {

    private static final Logger log = Logger.getLogger(ReconnectingSubscriber.class);
    private static final Duration QUIET = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofMillis(50);
    private static final Pattern READING =
            Pattern.compile("\\{\"sensorId\":\"(.+)\",\"type\":\".+\",\"timestamp\":\"(.+)\",\"value\":([0-9]+)}");

    private final String path;
    private final boolean isReplaying;
    private final List<String> replicas;
    private final Random random;
    private final int longestStream;
    private final Consumer<String> journal;

    /** Not the events: in full size, a dozen subscribers receive millions of them. */
    private final Map<String, List<Sent>> readings = new TreeMap<>();

    /** When each value of a sensor was received, by {@link System#nanoTime}. */
    private final Map<String, NavigableMap<Integer, Long>> receivedAtNanos = new TreeMap<>();

    private final Map<String, Integer> newest = new ConcurrentHashMap<>();
    private final List<Long> gapsAtNanos = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private String lastId = "";
    private int cuts;
    private final AtomicInteger seen = new AtomicInteger();
    private final AtomicInteger caughtUp = new AtomicInteger();
    private volatile boolean isBegun;
    private volatile long takenNanos = System.nanoTime();
    private final CountDownLatch enough = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;

    /**
     * @param replicas the base URLs of the replicas
     * @param longestStream the maximum number of events before it changes the replica
     * @param journal accepts a line for each stream and each event
     */
    ReconnectingSubscriber(String path, List<String> replicas, long seed, int longestStream, Consumer<String> journal) {
        this.path = path;
        this.isReplaying = path.contains("since=");
        this.replicas = List.copyOf(replicas);
        this.random = new Random(seed);
        this.longestStream = longestStream;
        this.journal = journal;
        this.thread = new Thread(this::reconnect, "reconnecting " + path);
        thread.setDaemon(true);
        thread.start();
    }

    ReconnectingSubscriber(String path, List<String> replicas, long seed, int longestStream) {
        this(path, replicas, seed, longestStream, line -> {});
    }

    private void reconnect() {
        try {
            while (!isEnough()) {
                String replica = replicas.get(random.nextInt(replicas.size()));
                journal.accept("%s stream of %s behind %s".formatted(Instant.now(), replica, lastId));
                try (EventStream stream = EventStream.open(replica, path, lastId)) {
                    read(stream, random.nextInt(longestStream));
                } catch (IOException unavailable) {
                    // The replica is restarting, or Kafka did not answer it in time: tries the next one.
                    log.debugf("%s changes the replica: %s", path, unavailable);
                    // As clients do. Otherwise several of them use the machine for attempts while the replica starts.
                    enough.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
                }
                cuts++;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | AssertionError e) {
            failure = e;
        }
    }

    private void read(EventStream stream, int most) throws InterruptedException {
        for (int events = 0; events < most && !isEnough(); events++) {
            Event event = stream.next(QUIET);
            if (event == null) {
                if (!isBegun && !isReplaying) {
                    // Nothing is sent before all have begun, so this id is not of a reading that was dropped.
                    begun(stream.lastId());
                }
                events--;
            } else if (event.name().equals("closed") || event.name().equals("goodbye")) {
                return;
            } else {
                take(event);
            }
        }
    }

    private void begun(String id) {
        if (!id.isEmpty()) {
            lastId = id;
            isBegun = true;
        }
    }

    private void take(Event event) {
        begun(event.id());
        takenNanos = System.nanoTime();
        journal.accept("%s %s %s %s".formatted(Instant.now(), event.name(), event.data(), event.id()));
        switch (event.name()) {
            case "" -> {
                Matcher parts = READING.matcher(event.data());
                assertThat(parts.matches()).as(event.data()).isTrue();
                readings.computeIfAbsent(parts.group(1), first -> new ArrayList<>())
                        .add(new Sent(Instant.parse(parts.group(2)).toEpochMilli(), Integer.parseInt(parts.group(3))));
                receivedAtNanos
                        .computeIfAbsent(parts.group(1), first -> new TreeMap<>())
                        .put(Integer.parseInt(parts.group(3)), event.atNanos());
                newest.put(parts.group(1), Integer.parseInt(parts.group(3)));
                seen.incrementAndGet();
            }
            case "caught-up" -> caughtUp.incrementAndGet();
            case "gap" -> gapsAtNanos.add(event.atNanos());
            default -> throw new AssertionError("%s: %s %s".formatted(path, event.name(), event.data()));
        }
    }

    private boolean isEnough() {
        return enough.getCount() == 0;
    }

    String path() {
        return path;
    }

    /** Whether it has an id to resume behind, so that it misses nothing from now on. */
    boolean isBegun() {
        return isBegun;
    }

    /** The number of received readings. */
    int seen() {
        return seen.get();
    }

    /** The value of the last received event of a sensor; -1 before the first. */
    int newest(String sensor) {
        return newest.getOrDefault(sensor, -1);
    }

    /**
     * When it received the first of the greater values of a sensor; {@link Long#MAX_VALUE} without any. Once stopped.
     */
    long receivedAfter(String sensor, int value) {
        return receivedAtNanos.getOrDefault(sensor, new TreeMap<>()).tailMap(value, false).values().stream()
                .mapToLong(Long::longValue)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** When it received gaps, by {@link System#nanoTime}. */
    List<Long> gapsAtNanos() {
        return gapsAtNanos;
    }

    /** Whether it has received nothing for some seconds on an open stream. */
    boolean isQuiet() {
        return System.nanoTime() - takenNanos > QUIET.multipliedBy(10).toNanos();
    }

    /** The failure that ended it; null without one. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Stops it. Returns all received readings by sensor, in order. */
    Map<String, List<Sent>> stop() throws InterruptedException {
        enough.countDown();
        thread.join(Duration.ofSeconds(30).toMillis());
        assertThat(thread.isAlive()).as("%s goes on", path).isFalse();
        assertThat(failure).as(path).isNull();
        return readings;
    }

    int cuts() {
        return cuts;
    }

    /** The number of received {@code caught-up} events. */
    int caughtUp() {
        return caughtUp.get();
    }
}
