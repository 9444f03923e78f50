package io.telltale.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.Layout;
import io.telltale.store.MergingAccess;
import io.telltale.store.MergingTables;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentBucket;
import io.telltale.store.RecentSegment;
import io.telltale.store.ShardWeek;
import io.telltale.store.Span;
import io.telltale.store.SpanPack;
import io.telltale.store.SpanTables;
import io.telltale.store.StoredKey;
import io.telltale.store.StoredSegment;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * What all tables of packs do with entries, packs and leases of spans.
 *
 * @param <M> the tables of merging beside them
 */
abstract class SpanTablesContract<M extends MergingTables> {

    private static final SensorId SENSOR = new SensorId("spans-1");

    private final SensorType type;
    final M merging;
    private final SpanTables tables;
    private final Layout layout;
    private final ReadingPartition bucket;
    private final Span span;

    SpanTablesContract(SensorType type, M merging, Function<M, SpanTables> tables) {
        this.type = type;
        this.merging = merging;
        this.tables = tables.apply(merging);
        this.layout = await(this.tables.layout(type));
        this.bucket = layout.partitionOf(
                SENSOR, Clock.systemUTC().millis() - Duration.ofDays(3).toMillis());
        this.span = Span.of(bucket);
    }

    /** Adds a bucket to the index as another replica. */
    abstract Uni<Void> indexAsOther(ReadingPartition one);

    /** Takes the lease of a span as another replica. */
    abstract Uni<Boolean> leaseAsOther(Span one, Duration duration);

    @Test
    void knowsTheTypesThatMayHaveSegments() {
        assertThat(await(tables.types())).contains(type);
        assertThat(tables.isPackable(type)).isTrue();
    }

    @Test
    void removesAnEntryOnlyAsItWasRead() {
        assertThat(await(tables.buckets(type, bucket.shard()))).isEmpty();
        await(merging.index(List.of(bucket)));
        await(indexAsOther(bucket));
        List<RecentBucket> before = await(tables.buckets(span, layout));
        assertThat(before).hasSize(2).extracting(RecentBucket::partition).containsOnly(bucket);
        assertThat(before).extracting(RecentBucket::writer).doesNotHaveDuplicates();
        await(merging.index(List.of(bucket)));
        before.forEach(entry -> await(tables.forget(entry)));
        List<RecentBucket> after = await(tables.buckets(type, bucket.shard()));
        assertThat(after).hasSize(1);
        assertThat(before)
                .filteredOn(entry -> entry.writer().equals(after.get(0).writer()))
                .allMatch(entry -> entry.writtenMicros() < after.get(0).writtenMicros());
        await(tables.forget(after.get(0)));
        assertThat(await(tables.buckets(type, bucket.shard()))).isEmpty();
    }

    @Test
    void anEntryOfAnotherSpanIsNotOfThisOne() {
        await(merging.index(List.of(bucket, new ReadingPartition(type, bucket.shard(), span.startMillis() - 900_000))));
        assertThat(await(tables.buckets(type, bucket.shard()))).hasSize(2);
        assertThat(await(tables.buckets(span, layout)))
                .extracting(RecentBucket::partition)
                .containsExactly(bucket);
    }

    @Test
    void readsAndRemovesSegmentsOfABucket() {
        List<RecentSegment> written = new ArrayList<>();
        for (int group = 0; group < 40; group++) {
            RecentSegment segment = new RecentSegment(
                    new RecentSegment.Key(bucket, group, UUID.randomUUID()), new byte[] {1, 'a'}, new byte[] {2}, 0);
            written.add(segment);
            await(merging.write(segment));
        }
        List<StoredSegment> read = all(() -> tables.segments(bucket));
        assertThat(read)
                .extracting(stored -> stored.segment().key())
                .containsExactlyElementsOf(
                        written.stream().map(RecentSegment::key).toList());
        assertThat(read)
                .allMatch(stored -> stored.segment().hasContentOf(written.get(0)) && stored.writtenMicros() > 0);
        read.subList(1, read.size())
                .forEach(stored ->
                        await(tables.remove(new StoredKey(stored.segment().key(), stored.writtenMicros()))));
        assertThat(all(() -> tables.segments(bucket)))
                .extracting(stored -> stored.segment().key())
                .containsExactly(written.get(0).key());
        await(tables.remove(new StoredKey(written.get(0).key(), read.get(0).writtenMicros() - 1)));
        assertThat(all(() -> tables.segments(bucket))).hasSize(1);
    }

    @Test
    void aPackIsListedFromItsMarkToItsRemoval() {
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        await(tables.write(span, first, List.of(segment())));
        assertThat(all(() -> tables.readBack(span, first))).containsExactly(segment());
        assertThat(packs()).isEmpty();
        await(tables.mark(span, first, Set.of()));
        await(tables.mark(span, second, Set.of(first)));
        assertThat(packs()).extracting(SpanPack::id).containsExactlyInAnyOrder(first, second);
        assertThat(packs()).filteredOn(pack -> pack.id().equals(second)).allMatch(pack -> pack.replaces()
                .equals(Set.of(first)));
        assertThat(all(tables::weeks)).contains(week());
        SpanPack replaced = packs().stream()
                .filter(pack -> pack.id().equals(first))
                .findFirst()
                .orElseThrow();
        await(tables.remove(span, replaced));
        assertThat(all(() -> tables.readBack(span, first))).isEmpty();
        assertThat(packs()).extracting(SpanPack::id).containsExactly(second);
    }

    @Test
    void aLeaseIsOfOneReplicaAtATime() {
        assertThat(await(tables.lease(span, Duration.ofMinutes(1)))).isTrue();
        assertThat(await(leaseAsOther(span, Duration.ofMinutes(1)))).isFalse();
        assertThat(await(tables.lease(span, Duration.ofMinutes(1)))).isTrue();
    }

    private List<SpanPack> packs() {
        return await(tables.packs(week())).getOrDefault(span.startMillis(), List.of());
    }

    private ShardWeek week() {
        return MergingAccess.week(type, span.shard(), span.startMillis());
    }

    private PackedSegment segment() {
        SegmentCutter cutter = new SegmentCutter(0);
        cutter.add(new PackableReading(
                SENSOR, bucket.bucketStartMillis(), new Value.Numeric(1), 1, 1, 1, SegmentReading.NEVER));
        return cutter.finish().orElseThrow();
    }

    private static <T> List<T> all(Supplier<Uni<Page<T>>> first) {
        List<T> items = new ArrayList<>();
        for (Optional<Page<T>> page = Optional.of(await(first.get()));
                page.isPresent();
                page = page.get().next().map(next -> await(next.get()))) {
            items.addAll(page.get().items());
        }
        return items;
    }

    private static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofSeconds(60));
    }
}
