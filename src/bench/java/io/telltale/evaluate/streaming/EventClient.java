package io.telltale.evaluate.streaming;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.bench.BenchException;
import io.telltale.live.EventStream;
import io.telltale.live.EventStream.Event;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber of the live stream. It measures how old readings are when they come. When its stream ends, or is silent
 * for some seconds, it resumes on the next replica behind the last event, as a client behind a load balancer does.
 */
final class EventClient implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(3);
    private static final Duration OPEN_LIMIT = Duration.ofSeconds(30);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(100);
    private static final Duration END_LIMIT = Duration.ofSeconds(15);
    private static final long LONGEST_MILLIS = 3_600_000;
    private static final long BUCKET_MILLIS = 500;

    private final List<String> addresses;
    private final String path;
    private final long openedMillis = System.currentTimeMillis();
    private final long openedNanos = System.nanoTime();
    private final Thread thread;
    private final BitSet numbers = new BitSet();
    private final List<Long> gapMillis = new ArrayList<>();
    private final NavigableMap<Long, Long> worstAges = new TreeMap<>();
    private Histogram ages = new Histogram(LONGEST_MILLIS, 3);
    private int repeats;
    private int reconnects;
    private String lastId = "";
    private volatile boolean isOpen;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;

    private EventClient(List<String> addresses, String path) {
        this.addresses = List.copyOf(addresses);
        this.path = path;
        this.thread = new Thread(this::run, "event-client");
        thread.setDaemon(true);
    }

    /**
     * Opens a stream, and returns when it has begun.
     *
     * @param addresses of replicas, the preferred one first
     */
    static EventClient open(List<String> addresses, String path) {
        EventClient client = new EventClient(addresses, path);
        client.thread.start();
        Awaitility.await("a live stream of " + path).atMost(OPEN_LIMIT).until(() -> {
            client.requireNoFailure();
            return client.isOpen;
        });
        return client;
    }

    private void run() {
        try {
            for (int attempt = 0; !isOver(); attempt++) {
                try (EventStream stream = EventStream.open(addresses.get(attempt % addresses.size()), path, lastId)) {
                    read(stream);
                } catch (IOException e) {
                    // The replica is unavailable; the next attempt asks the next one.
                    over.await(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
                }
                synchronized (this) {
                    reconnects++;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | AssertionError e) {
            failure = e;
        }
    }

    private boolean isOver() {
        return over.getCount() == 0;
    }

    private void read(EventStream stream) throws InterruptedException {
        long heardNanos = System.nanoTime();
        while (!isOver()) {
            Event event = stream.next(LOOK);
            if (event == null) {
                if (!isOpen && !stream.lastId().isEmpty()) {
                    lastId = stream.lastId();
                    isOpen = true;
                }
                if (System.nanoTime() - heardNanos > SILENCE_LIMIT.toNanos()) {
                    return;
                }
            } else if (event.name().equals("closed") || event.name().equals("goodbye")) {
                return;
            } else {
                heardNanos = System.nanoTime();
                lastId = event.id();
                take(event);
            }
        }
    }

    private synchronized void take(Event event) {
        long nowMillis = openedMillis + (event.atNanos() - openedNanos) / 1_000_000;
        if (event.name().equals("gap")) {
            gapMillis.add(nowMillis);
        } else if (event.name().isEmpty()) {
            take(parsed(event.data()), nowMillis);
        }
    }

    private void take(JsonNode reading, long nowMillis) {
        long dueMillis = Instant.parse(reading.path("timestamp").asText()).toEpochMilli();
        if (dueMillis < openedMillis) {
            // Introduced before the load.
            return;
        }
        int n = reading.path("value").asInt();
        if (numbers.get(n)) {
            repeats++;
            return;
        }
        numbers.set(n);
        long age = Math.min(LONGEST_MILLIS, Math.max(0, nowMillis - dueMillis));
        ages.recordValue(age);
        worstAges.merge(nowMillis / BUCKET_MILLIS, age, Math::max);
    }

    private static JsonNode parsed(String data) {
        try {
            return JSON.readTree(data);
        } catch (JsonProcessingException e) {
            throw new BenchException("an event is not JSON: " + data, e);
        }
    }

    /** How old readings were in milliseconds, since the last call. */
    synchronized Histogram takeAges() {
        requireNoFailure();
        Histogram taken = ages;
        ages = new Histogram(LONGEST_MILLIS, 3);
        return taken;
    }

    /** How old the oldest reading was that came within a time span; empty if none came. */
    synchronized OptionalDouble worstAgeMillis(long fromMillis, long toMillis) {
        return worstAges.subMap(fromMillis / BUCKET_MILLIS, toMillis / BUCKET_MILLIS).values().stream()
                .mapToDouble(Long::doubleValue)
                .max();
    }

    /** What came of the load, once all of it has, or after some seconds. */
    ReceivedEvents received(Ledger ledger) {
        int reconnectsUnderLoad;
        synchronized (this) {
            reconnectsUnderLoad = reconnects;
        }
        long limitNanos = System.nanoTime() + END_LIMIT.toNanos();
        while (!snapshot(reconnectsUnderLoad).missed(ledger).isEmpty() && System.nanoTime() < limitNanos) {
            Awaitility.await().pollDelay(LOOK).until(() -> true);
        }
        requireNoFailure();
        return snapshot(reconnectsUnderLoad);
    }

    private synchronized ReceivedEvents snapshot(int reconnectsUnderLoad) {
        return new ReceivedEvents(numbers, repeats, gapMillis, reconnectsUnderLoad);
    }

    private void requireNoFailure() {
        Throwable failed = failure;
        if (failed != null) {
            throw new BenchException("a live stream failed", failed);
        }
    }

    @Override
    public void close() {
        over.countDown();
        thread.interrupt();
    }
}
