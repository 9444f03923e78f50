package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.telltale.store.Placement;
import io.telltale.store.ReadingStore;
import io.telltale.store.RowBatch;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** Writes the accumulator's batches to Cassandra, and reports each write to metrics, tracing and health. */
@Singleton
class ReadingWriter implements Accumulator.Target {

    private static final String WRITING = "writing readings";

    private final ReadingStore store;
    private final IngestTracing tracing;
    private final IngestMetrics metrics;
    private final IngestHealth health;
    private final IngestLoop loop;

    @Inject
    ReadingWriter(
            ReadingStore store, IngestTracing tracing, IngestMetrics metrics, IngestHealth health, IngestLoop loop) {
        this.store = store;
        this.tracing = tracing;
        this.metrics = metrics;
        this.health = health;
        this.loop = loop;
    }

    @Override
    public Uni<Void> write(Placement placement, RowBatch rows) {
        return tracing.write(placement.type(), rows.size(), store.write(placement, rows))
                .emitOn(loop)
                .invoke(() -> {
                    metrics.stored(placement.type(), rows);
                    health.succeeded(WRITING, placement);
                })
                .onFailure()
                .invoke(failure -> health.failed(WRITING, placement, failure));
    }

    @Override
    public void reportBug(Throwable bug) {
        health.reportBug(bug);
    }
}
