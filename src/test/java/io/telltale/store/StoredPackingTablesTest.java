package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoredPackingTablesTest {

    private static final Span SPAN = new Span(new SensorType("tables-test"), 0, 0);
    private static final long NOW_MICROS = 1_700_000_000_000_000L;

    private final Clock clock = Clock.fixed(Instant.ofEpochMilli(NOW_MICROS / 1_000), ZoneOffset.UTC);
    private final List<Long> removals = new ArrayList<>();

    private final History history = new History(PackingFixture.disconnected()) {
        @Override
        Uni<Void> remove(Span span, UUID pack, long micros) {
            removals.add(micros);
            return Uni.createFrom().voidItem();
        }
    };

    private final StoredPackingTables tables = new StoredPackingTables(
            PackingFixture.disconnected(),
            new Layouts(PackingFixture.disconnected(), StoreSettings.in("none"), clock),
            new HistoryMarks(PackingFixture.disconnected(), clock),
            history,
            new Retention(StoreSettings.in("none"), clock),
            clock);

    @Test
    void theClocksOfReplicasDoNotKeepSegmentsOfAReplacedPack() {
        long ahead = NOW_MICROS + Duration.ofHours(1).toMillis() * 1_000;
        for (long written : new long[] {ahead, NOW_MICROS - 1_000_000}) {
            tables.remove(SPAN, new Mark(new UUID(1, 1), State.REPLACED, written))
                    .await()
                    .atMost(Duration.ofSeconds(10));
        }
        assertThat(removals.get(0)).isGreaterThan(ahead);
        assertThat(removals.get(1)).isGreaterThan(NOW_MICROS);
    }
}
