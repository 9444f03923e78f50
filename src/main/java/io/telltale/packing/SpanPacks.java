package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.store.Layout;
import io.telltale.store.ShardWeek;
import io.telltale.store.Span;
import io.telltale.store.SpanPack;
import io.telltale.store.SpanTables;
import java.util.List;

/** Reads the packs of one span. */
final class SpanPacks {

    private SpanPacks() {}

    static Uni<List<SpanPack>> of(SpanTables tables, Span span) {
        ShardWeek week = new ShardWeek(span.type(), span.shard(), Layout.weekStart(span.startMillis()));
        return tables.packs(week).map(packs -> packs.getOrDefault(span.startMillis(), List.of()));
    }
}
