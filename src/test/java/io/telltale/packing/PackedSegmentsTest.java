package io.telltale.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.HistoryAccess;
import io.telltale.store.Layout;
import io.telltale.store.MergingAccess;
import io.telltale.store.MergingTables;
import io.telltale.store.RecentBucket;
import io.telltale.store.SourceContract;
import io.telltale.store.SpanPack;
import io.telltale.store.SpanTables;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Packs recent segments in Cassandra, and reads them with the service after each step. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PackedSegmentsTest {

    private static final long MINUTE = 60_000;
    private static final Duration LATER = Duration.ofHours(30);

    private final SensorType type = MergingAccess.typeWithSegments("packed-segments");
    private final Sensor sensor =
            new Sensor(new SensorId("packed-segments-" + SharedStack.get().nextNumber()), type, Description.NONE);
    private final long now = Clock.systemUTC().millis();
    private final SourceContract contract = new SourceContract(sensor, now - 13 * 60 * MINUTE, new Random(93));
    private final MergingTables merging = MergingAccess.tables();
    private final SpanTables spans = MergingAccess.spanTables();
    private final Clock later = Clock.fixed(Instant.ofEpochMilli(now).plus(LATER), ZoneOffset.UTC);
    private long nanos;

    private final Merger merger = new Merger(
            merging,
            new MergingMetrics(new SimpleMeterRegistry(), Clock.systemUTC()),
            true,
            MergedRecords.CONFIG,
            later,
            () -> nanos,
            new PackerWaits());

    private final RecentPacker packer = new RecentPacker(
            spans,
            new PackingMetrics(new SimpleMeterRegistry()),
            RecentPackerFixture.config(true),
            later,
            () -> nanos,
            new PackerWaits(),
            SpanUnionPacker.Limits.DEFAULT);

    @Test
    void readsGiveTheSameBeforeAndAfterEachStep() {
        for (int batch = 0; batch < 6; batch++) {
            MergingAccess.write(type, now - (20 - batch) * MINUTE, contract.records(1_500));
            assertSame();
            merge();
            assertSame();
            assertThat(MergingAccess.recentSegments(type)).isPositive();
            packer.pass();
            assertThat(packs()).as("packs, before what they hold is removed").isNotEmpty();
            assertSame();
            nanos += RemovalDelays.DELAY.toNanos() + 1;
            packer.pass();
            assertSame();
            assertThat(MergingAccess.recentSegments(type)).isZero();
            assertThat(entries()).isEmpty();
        }
        MergingAccess.write(type, now - MINUTE, contract.records(1_500));
        merge();
        HistoryAccess.delete(contract.deletion());
        assertSame();
        packer.pass();
        nanos += RemovalDelays.DELAY.toNanos() + 1;
        packer.pass();
        assertSame();
        assertThat(packs()).as("packs of three spans, merged").hasSizeLessThan(3 * PackCompactor.MIN_PACKS);
        assertThat(packs()).anyMatch(pack -> !pack.replaces().isEmpty());
    }

    /** Merges, removes and forgets. */
    private void merge() {
        for (int pass = 0; pass < 5; pass++) {
            merger.pass();
            nanos += RemovalDelays.DELAY.toNanos() + 1;
        }
        assertThat(await(merging.minutes(type))).isEmpty();
    }

    private void assertSame() {
        contract.check((from, to, order, limit) -> MergingAccess.range(sensor, from, to, order, limit));
    }

    private int shard() {
        return layout().partitionOf(sensor.id(), now).shard();
    }

    private Layout layout() {
        return await(spans.layout(type));
    }

    private List<RecentBucket> entries() {
        return await(spans.buckets(type, shard()));
    }

    private List<SpanPack> packs() {
        List<SpanPack> found = new ArrayList<>();
        for (long day = now - Duration.ofDays(7).toMillis();
                day <= now;
                day += Duration.ofDays(7).toMillis()) {
            await(spans.packs(MergingAccess.week(type, shard(), day))).values().forEach(found::addAll);
        }
        return found;
    }

    private static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofSeconds(60));
    }
}
