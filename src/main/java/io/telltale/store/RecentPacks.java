package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Reads which packs of recent segments are complete. */
final class RecentPacks {

    /** Of some 50 bytes. A span has few packs: they are merged. */
    private static final int PAGE_ROWS = 200;

    private final Database database;

    /** The packs of a span. */
    record OfSpan(Span span, List<SpanPack> packs) {

        OfSpan {
            packs = List.copyOf(packs);
        }

        /** The packs that no other one of them replaces. */
        List<UUID> current() {
            Set<UUID> replaced =
                    packs.stream().flatMap(pack -> pack.replaces().stream()).collect(Collectors.toSet());
            return packs.stream()
                    .map(SpanPack::id)
                    .filter(id -> !replaced.contains(id))
                    .toList();
        }

        List<UUID> all() {
            return packs.stream().map(SpanPack::id).toList();
        }
    }

    RecentPacks(Database database) {
        this.database = database;
    }

    /**
     * The packs of the first spans of a shard that start in {@code [fromMillis, toMillis)}, in an order.
     *
     * @param most the most spans to return; others may follow if there are as many
     */
    Uni<List<OfSpan>> first(
            SensorType type,
            int shard,
            long fromMillis,
            long toMillis,
            Order order,
            int most,
            DefaultConsistencyLevel level) {
        Map<Long, List<SpanPack>> bySpan = new LinkedHashMap<>();
        Cql cql = order == Order.ASC ? Cql.RECENT_PACKS_ASCENDING : Cql.RECENT_PACKS_DESCENDING;
        // The last span on a page may go on, so one more is read.
        return Pages.of(database.run(statements -> inShard(statements.get(cql).boundStatementBuilder(), type, shard)
                        .setBytesUnsafe(2, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(3, CqlBytes.ofLong(toMillis))
                        .setPageSize(PAGE_ROWS)
                        .setConsistencyLevel(level)
                        .setExecutionProfileName("read")
                        .build()))
                .invoke(page -> add(bySpan, page))
                .select()
                .first(page -> bySpan.size() <= most)
                .collect()
                .last()
                .map(page -> bySpan.entrySet().stream()
                        .limit(most)
                        .map(span -> new OfSpan(new Span(type, shard, span.getKey()), span.getValue()))
                        .toList());
    }

    private static void add(Map<Long, List<SpanPack>> bySpan, AsyncResultSet page) {
        for (Row row : page.currentPage()) {
            bySpan.computeIfAbsent(CqlBytes.toLong(row.getBytesUnsafe(0)), first -> new ArrayList<>())
                    .add(new SpanPack(
                            Objects.requireNonNull(row.getUuid(1)),
                            Objects.requireNonNull(row.getSet(2, UUID.class)),
                            row.getLong(3)));
        }
    }

    static BoundStatementBuilder inShard(BoundStatementBuilder statement, SensorType type, int shard) {
        return statement.setString(0, type.name()).setInt(1, shard);
    }
}
