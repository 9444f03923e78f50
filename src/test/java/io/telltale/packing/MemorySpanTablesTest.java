package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.store.ReadingPartition;
import io.telltale.store.Span;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** The tables in memory do what those in Cassandra do. */
class MemorySpanTablesTest extends SpanTablesContract<MemoryMergingTables> {

    MemorySpanTablesTest() {
        super(MemoryMergingTables.TYPE, new MemoryMergingTables(), MemorySpanTables::new);
        merging.nowMillis = 1;
    }

    @Override
    Uni<Void> indexAsOther(ReadingPartition bucket) {
        return asOther(() -> merging.index(List.of(bucket)));
    }

    @Override
    Uni<Boolean> leaseAsOther(Span span, Duration duration) {
        return asOther(() -> new MemorySpanTables(merging).lease(span, duration));
    }

    private <T> Uni<T> asOther(Supplier<Uni<T>> request) {
        UUID own = merging.replica;
        merging.replica = UUID.randomUUID();
        T result = request.get().await().indefinitely();
        merging.replica = own;
        return Uni.createFrom().item(result);
    }
}
