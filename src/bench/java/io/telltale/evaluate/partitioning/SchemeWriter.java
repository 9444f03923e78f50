package io.telltale.evaluate.partitioning;

import io.telltale.evaluate.partitioning.Scheme.Place;
import io.telltale.evaluate.partitioning.SchemeTable.Row;
import io.telltale.sensors.SensorId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Writes a fleet's readings as the service does: it collects those of a flush, sends the rows of each partition in one
 * request, and goes on while a bounded number of requests is in flight.
 */
public final class SchemeWriter {

    private static final int IN_FLIGHT = 256;
    private static final int BATCH_ROWS = 500;

    private final SchemeTable table;
    private final Fleet fleet;
    private final SensorId[] ids;
    private final int flushReadings;
    private final Semaphore permits = new Semaphore(IN_FLIGHT);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private long requests;
    private long next;

    /**
     * A writer of a fleet.
     *
     * @param flushReadings how many readings of the whole fleet one flush collects
     */
    public SchemeWriter(SchemeTable table, Fleet fleet, int flushReadings) {
        this.table = table;
        this.fleet = fleet;
        this.ids = fleet.ids();
        this.flushReadings = flushReadings;
    }

    /**
     * Writes the next readings, and returns when all are acknowledged.
     *
     * @return how many requests that took
     */
    public long write(long readings) {
        long before = requests;
        long end = next + readings;
        while (next < end) {
            flush(Math.min(end, next + flushReadings));
        }
        awaitAll();
        return requests - before;
    }

    private void flush(long end) {
        Map<Place, List<Row>> byPlace = new LinkedHashMap<>();
        for (; next < end; next++) {
            SensorId sensorId = ids[fleet.sensorOf(next)];
            long timestampMillis = fleet.timestampOf(next);
            byPlace.computeIfAbsent(table.scheme().placeOf(sensorId, timestampMillis), unknown -> new ArrayList<>())
                    .add(new Row(sensorId, timestampMillis, next % 10_000 / 100.0));
        }
        byPlace.forEach(this::send);
    }

    /** Adds readings of one sensor, in requests of their partitions, and returns when all are acknowledged. */
    public void write(SensorId sensorId, long fromMillis, int readings, long stepMillis) {
        send(sensorId, fromMillis, readings, stepMillis);
        awaitAll();
    }

    /** The same, without waiting for the last requests: {@link #awaitAll}. */
    public void send(SensorId sensorId, long fromMillis, int readings, long stepMillis) {
        Map<Place, List<Row>> byPlace = new LinkedHashMap<>();
        for (int i = 0; i < readings; i++) {
            long timestampMillis = fromMillis + i * stepMillis;
            byPlace.computeIfAbsent(table.scheme().placeOf(sensorId, timestampMillis), unknown -> new ArrayList<>())
                    .add(new Row(sensorId, timestampMillis, i % 10_000 / 100.0));
        }
        byPlace.forEach(this::send);
    }

    private void send(Place place, List<Row> rows) {
        for (int from = 0; from < rows.size(); from += BATCH_ROWS) {
            permits.acquireUninterruptibly();
            requests++;
            CompletionStage<?> unused = table.session()
                    .executeAsync(table.write(place, rows.subList(from, Math.min(rows.size(), from + BATCH_ROWS))))
                    .whenComplete((done, failed) -> {
                        if (failed != null) {
                            failure.compareAndSet(null, failed);
                        }
                        permits.release();
                    });
        }
    }

    /** Returns when all requests are acknowledged; fails if one was not. */
    public void awaitAll() {
        permits.acquireUninterruptibly(IN_FLIGHT);
        permits.release(IN_FLIGHT);
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("a write into %s failed".formatted(table.keyspace()), failed);
        }
    }
}
