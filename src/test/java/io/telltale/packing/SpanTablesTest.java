package io.telltale.packing;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.local.LocalStackResource;
import io.telltale.store.MergingAccess;
import io.telltale.store.MergingTables;
import io.telltale.store.ReadingPartition;
import io.telltale.store.Span;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Entries, packs and leases of spans in Cassandra. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class SpanTablesTest extends SpanTablesContract<MergingTables> {

    SpanTablesTest() {
        super(MergingAccess.typeWithSegments("spans"), MergingAccess.tables(), merging -> MergingAccess.spanTables());
    }

    @Override
    Uni<Void> indexAsOther(ReadingPartition bucket) {
        return MergingAccess.tables().index(List.of(bucket));
    }

    @Override
    Uni<Boolean> leaseAsOther(Span span, Duration duration) {
        return MergingAccess.spanTables().lease(span, duration);
    }
}
