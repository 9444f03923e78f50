package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.telltale.aggregate.AggregatedWindow;
import io.telltale.aggregate.Aggregation;
import io.telltale.store.StoredReading;
import io.telltale.streams.Concatenation;
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

    private final AggregatesFormat form;
    private final Aggregation aggregation;
    private final WindowEncoder encoder;
    private final boolean wantsPercentiles;
    private boolean isFirst = true;

    AggregatesStream(AggregatesQuery query, AggregatesFormat form, int exactPercentiles) {
        this.form = form;
        this.aggregation = new Aggregation(query.windows(), query.fill(), query.functions(), exactPercentiles);
        this.wantsPercentiles = query.wantsPercentiles();
        this.encoder = new WindowEncoder(query.functions());
    }

    /**
     * The windows, encoded. To be subscribed to once.
     *
     * @param pages the readings of the range in order of time
     */
    Multi<byte[]> chunks(Multi<List<StoredReading>> pages) {
        return Concatenation.of(List.of(
                pages.plug(Concatenation.streams(page -> encoded(aggregation.add(page)))),
                Multi.createFrom().deferred(() -> encoded(aggregation.finish()))));
    }

    /** Where percentiles came from, {@code exact} or {@code sketch}; known when all windows are given. Null where none is asked for. */
    @Nullable
    String percentiles() {
        if (!wantsPercentiles) {
            return null;
        }
        return aggregation.hasSketched() ? "sketch" : "exact";
    }

    private Multi<byte[]> encoded(Iterator<AggregatedWindow> windows) {
        return Multi.createFrom().iterable(() -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return windows.hasNext();
            }

            @Override
            public byte[] next() {
                return chunk(windows);
            }
        });
    }

    private byte[] chunk(Iterator<AggregatedWindow> windows) {
        EncodedBytes chunk = new EncodedBytes(1_024);
        do {
            form.window(windows.next(), isFirst, encoder, chunk);
            isFirst = false;
        } while (windows.hasNext() && chunk.size() < CHUNK_BYTES);
        return chunk.toByteArray();
    }
}
