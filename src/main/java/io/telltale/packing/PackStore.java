package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.store.PackedSegment;
import io.telltale.store.Page;
import io.telltale.store.Span;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;

/** What writes packs: the requests of an engine for the segments of a pack, its waits and its metrics. */
record PackStore(
        Write write,
        BiFunction<Span, UUID, Uni<Page<PackedSegment>>> readBack,
        BiFunction<Span, UUID, Uni<Void>> remove,
        PackerWaits waits,
        PackingMetrics metrics) {

    /** Writes segments of a pack. Completes when they are durable. */
    interface Write {
        Uni<Void> segments(Span span, UUID pack, List<PackedSegment> segments);
    }
}
