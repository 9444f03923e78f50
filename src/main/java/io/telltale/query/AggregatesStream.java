package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.telltale.aggregate.AggregatedWindow;
import io.telltale.aggregate.Aggregation;
import io.telltale.store.RangePart;
import io.telltale.streams.Concatenation;
import io.telltale.wire.EncodedBytes;
import java.util.Iterator;
import java.util.List;

/**
 * The windows of one response: readings and summaries in, chunks of the body out. A chunk is created on request, so
 * that memory holds one page of readings and one chunk, also where a few readings create thousands of windows.
 */
final class AggregatesStream {

    /** A chunk ends after the window that reaches this length; a window with two long texts adds 25 KB. */
    private static final int CHUNK_BYTES = 32_768;

    private final AggregatesFormat format;
    private final Aggregation aggregation;
    private final WindowEncoder encoder;
    private final boolean hasPercentiles;
    private final Multi<RangePart> parts;
    private final AvailableReadings available = new AvailableReadings();
    private boolean isFirst = true;

    /** @param parts the readings of the range in order of time, or summaries of them */
    AggregatesStream(AggregatesQuery query, AggregatesFormat format, int exactPercentiles, Multi<RangePart> parts) {
        this.format = format;
        this.aggregation = new Aggregation(query.windows(), query.fill(), query.functions(), exactPercentiles);
        this.hasPercentiles = query.hasPercentiles();
        this.encoder = new WindowEncoder(query.functions());
        this.parts = parts;
    }

    /** The encoded windows. Subscribe once. */
    Multi<byte[]> chunks() {
        return Concatenation.of(List.of(
                parts.plug(Concatenation.streams(part -> encoded(available.addTo(aggregation, part)))),
                Multi.createFrom().deferred(() -> encoded(aggregation.finish()))));
    }

    /** What is known after the last chunk. */
    AggregatesFindings findings() {
        return AggregatesFindings.of(hasPercentiles, aggregation.hasSketched(), available.unavailable());
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
            format.window(windows.next(), isFirst, encoder, chunk);
            isFirst = false;
        } while (windows.hasNext() && chunk.size() < CHUNK_BYTES);
        return chunk.toByteArray();
    }
}
