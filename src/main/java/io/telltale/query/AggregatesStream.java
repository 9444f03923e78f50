package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.telltale.store.StoredReading;
import io.telltale.wire.EncodedBytes;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One answer of windows under way: pages of readings in, chunks of its body out. A chunk is made when the one before has
 * left, so that what is held is a page of readings and a chunk, also where a few readings make thousands of windows.
 */
final class AggregatesStream {

    /** A chunk is sent when it has become this long; with a window of two long texts it is some 25 KB longer. */
    private static final int CHUNK_BYTES = 32_768;

    private final AggregatesForm form;
    private final Aggregation aggregation;
    private final WindowEncoder encoder;
    private final boolean wantsPercentiles;
    private boolean isFirst;
    private long givenToMillis;

    /**
     * Some of the windows, encoded.
     *
     * @param bytes at least one
     * @param toMillis the end of the last window in it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared for equality
    record Chunk(byte[] bytes, long toMillis) {}

    AggregatesStream(AggregatesQuery query, AggregatesForm form, int exactPercentiles) {
        this(query, form, exactPercentiles, query.range().fromMillis());
    }

    /** @param givenToMillis where to go on: windows before it were given already */
    AggregatesStream(AggregatesQuery query, AggregatesForm form, int exactPercentiles, long givenToMillis) {
        this.isFirst = givenToMillis == query.range().fromMillis();
        this.givenToMillis = givenToMillis;
        this.form = form;
        this.aggregation = new Aggregation(query, exactPercentiles);
        this.wantsPercentiles = query.wantsPercentiles();
        this.encoder = new WindowEncoder(query.functions());
    }

    /**
     * The windows, encoded. To be subscribed to once.
     *
     * @param pages the readings of the range in order of time
     */
    Multi<Chunk> chunks(Multi<List<StoredReading>> pages) {
        return Multi.createBy()
                .concatenating()
                .streams(
                        pages.onItem().transformToMultiAndConcatenate(page -> encoded(aggregation.over(page))),
                        Multi.createFrom().deferred(() -> encoded(aggregation.rest())))
                .filter(chunk -> chunk.bytes().length > 0);
    }

    /** Where percentiles came from, {@code exact} or {@code sketch}; known when all windows are given. Null where none is asked for. */
    @Nullable
    String percentiles() {
        if (!wantsPercentiles) {
            return null;
        }
        return aggregation.everSketched() ? "sketch" : "exact";
    }

    private Multi<Chunk> encoded(Iterator<AggregatedWindow> windows) {
        return Multi.createFrom().iterable(() -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return windows.hasNext();
            }

            @Override
            public Chunk next() {
                return chunk(windows);
            }
        });
    }

    private Chunk chunk(Iterator<AggregatedWindow> windows) {
        EncodedBytes chunk = new EncodedBytes(1_024);
        do {
            AggregatedWindow next = windows.next();
            if (next.window().startMillis() >= givenToMillis) {
                form.window(next, isFirst, encoder, chunk);
                isFirst = false;
                givenToMillis = next.window().endMillis();
            }
        } while (windows.hasNext() && chunk.size() < CHUNK_BYTES);
        return new Chunk(chunk.toByteArray(), givenToMillis);
    }
}
