package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.telltale.aggregate.AggregatedWindow;
import io.telltale.aggregate.SeriesAggregation;
import io.telltale.aggregate.SuppliedIterator;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.SummarizedRanges.SensorPart;
import io.telltale.streams.Concatenation;
import io.telltale.wire.EncodedBytes;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The series of one response: readings and summaries in, chunks of the body out. Holds the open series, one batch of
 * parts and one chunk. For one thread at a time.
 */
final class SeriesStream {

    /** A chunk ends after the window that reaches this length. */
    private static final int CHUNK_BYTES = 32_768;

    private final SeriesFormat format;
    private boolean isFirstSeries = true;
    private boolean isFirstWindow = true;
    private boolean hasSketched;
    private final AvailableReadings available = new AvailableReadings();

    SeriesStream(SeriesFormat format) {
        this.format = format;
    }

    /**
     * A series to compute.
     *
     * @param sensors in the order of their readings
     */
    record Series(SeriesKey key, List<Sensor> sensors, Supplier<SeriesAggregation> aggregation) {}

    /** The start of a series if there is no window, otherwise a window of it. */
    private record Part(SeriesKey series, @Nullable AggregatedWindow window) {}

    /**
     * The encoded windows of some series. Subscribe once.
     *
     * @param series not empty
     * @param parts those of the first series, then those of the next. They may have all sensors of the last series more
     *     than once, those of earlier series once
     */
    Multi<byte[]> chunks(List<Series> series, Multi<List<SensorPart>> parts) {
        OpenSeries open = new OpenSeries(series.iterator());
        return Concatenation.of(List.of(
                parts.plug(Concatenation.streams(some -> chunks(open.add(some)))),
                Multi.createFrom().deferred(() -> chunks(open.finish()))));
    }

    boolean isEmpty() {
        return isFirstSeries;
    }

    /**
     * What is known after the last chunk.
     *
     * @param hasPercentiles whether percentiles were requested
     */
    AggregatesFindings findings(boolean hasPercentiles) {
        return AggregatesFindings.of(hasPercentiles, hasSketched, available.unavailable());
    }

    private Multi<byte[]> chunks(Iterator<Part> parts) {
        return Multi.createFrom().iterable(() -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return parts.hasNext();
            }

            @Override
            public byte[] next() {
                return chunk(parts);
            }
        });
    }

    private byte[] chunk(Iterator<Part> parts) {
        EncodedBytes chunk = new EncodedBytes(1_024);
        do {
            Part part = parts.next();
            if (part.window() == null) {
                format.series(part.series(), isFirstSeries, chunk);
                isFirstSeries = false;
                isFirstWindow = true;
            } else {
                format.window(part.window(), part.series(), isFirstWindow, chunk);
                isFirstWindow = false;
            }
        } while (parts.hasNext() && chunk.size() < CHUNK_BYTES);
        return chunk.toByteArray();
    }

    /** Adds readings to the series that they belong to. A reading of a later series finishes those before it. */
    private final class OpenSeries {
        private final Iterator<Series> later;
        private final Deque<SensorPart> pending = new ArrayDeque<>();
        private Iterator<AggregatedWindow> windows = Collections.emptyIterator();
        private boolean isLast;

        // The open series; no aggregation between two series.
        private SeriesKey key = new SeriesKey(null);
        private @Nullable SeriesAggregation aggregation;
        private boolean isFinishing;
        private Iterator<Sensor> sensors = Collections.emptyIterator();
        private @Nullable SensorId sensorId;

        OpenSeries(Iterator<Series> series) {
            this.later = series;
        }

        Iterator<Part> add(List<SensorPart> parts) {
            pending.addAll(parts);
            return new SuppliedIterator<>(this::next);
        }

        Iterator<Part> finish() {
            isLast = true;
            return new SuppliedIterator<>(this::next);
        }

        private @Nullable Part next() {
            while (!windows.hasNext()) {
                SensorPart part = pending.peek();
                SeriesAggregation open = aggregation;
                if (isFinishing && open != null) {
                    hasSketched |= open.hasSketched();
                    aggregation = null;
                    isFinishing = false;
                } else if (part == null && !isLast) {
                    return null;
                } else if (open == null) {
                    return later.hasNext() ? openNext(later.next()) : null;
                } else if (part != null && isOfOpenSeries(part.sensorId())) {
                    windows = available.addTo(open, pending.remove().part());
                } else {
                    windows = open.finish();
                    isFinishing = true;
                }
            }
            return new Part(key, windows.next());
        }

        private Part openNext(Series series) {
            key = series.key();
            sensors = series.sensors().iterator();
            sensorId = null;
            aggregation = series.aggregation().get();
            return new Part(key, null);
        }

        private boolean isOfOpenSeries(SensorId id) {
            if (id.equals(sensorId) || !later.hasNext()) {
                return true;
            }
            while (sensors.hasNext()) {
                if (sensors.next().id().equals(id)) {
                    sensorId = id;
                    return true;
                }
            }
            return false;
        }
    }
}
