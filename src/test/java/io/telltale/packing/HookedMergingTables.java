package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.telltale.sensors.SensorType;
import io.telltale.store.FreshKey;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.Layout;
import io.telltale.store.MergingTables;
import io.telltale.store.MinuteState;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentSegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The tables of one type in Cassandra. Calls a hook around each operation that changes something, and before reads. */
class HookedMergingTables implements MergingTables {

    private final MergingTables tables;
    private final SensorType type;
    boolean hasLeases = true;
    MemoryTables.Hook hook = (operation, isBefore) -> {};
    private final HookFailures hookFailures = new HookFailures();

    HookedMergingTables(MergingTables tables, SensorType type) {
        this.tables = tables;
        this.type = type;
    }

    private <T> Uni<T> around(String operation, Uni<T> result) {
        return Uni.createFrom().deferred(() -> {
            hookFailures.call(hook, operation, true);
            return result.emitOn(Infrastructure.getDefaultExecutor())
                    .invoke(() -> hookFailures.call(hook, operation, false));
        });
    }

    void assertHooksPassed() {
        hookFailures.rethrow();
    }

    @Override
    public Uni<Void> whenNeeded() {
        return tables.whenNeeded();
    }

    @Override
    public boolean isReady() {
        return tables.isReady();
    }

    @Override
    public boolean isMergeable(SensorType any) {
        return tables.isMergeable(any);
    }

    /** Other tests have types of their own. */
    @Override
    public Uni<List<SensorType>> types() {
        return tables.types().map(all -> all.stream().filter(type::equals).toList());
    }

    @Override
    public Uni<List<MinuteState>> minutes(SensorType any) {
        return around("minutes", tables.minutes(any));
    }

    @Override
    public Uni<Boolean> lease(FreshMinute minute, Duration duration) {
        return hasLeases ? tables.lease(minute, duration) : Uni.createFrom().item(true);
    }

    @Override
    public Uni<Page<FreshRow>> rows(FreshMinute minute) {
        return around("rows", tables.rows(minute));
    }

    @Override
    public Uni<Page<FreshKey>> keys(FreshMinute minute) {
        return around("keys", tables.keys(minute));
    }

    @Override
    public Uni<Layout> layout(SensorType any, long latestMillis) {
        return tables.layout(any, latestMillis);
    }

    @Override
    public Uni<Void> write(RecentSegment segment) {
        return around("write", tables.write(segment));
    }

    @Override
    public Uni<Void> index(Collection<ReadingPartition> buckets) {
        return around("index", tables.index(buckets));
    }

    @Override
    public Uni<Optional<RecentSegment>> readBack(RecentSegment.Key key) {
        return around("readBack", tables.readBack(key));
    }

    @Override
    public Uni<Void> remove(RecentSegment.Key key) {
        return around("removeRecent", tables.remove(key));
    }

    @Override
    public Uni<Void> mark(FreshMinute minute, ByteBuffer content) {
        return around("mark", tables.mark(minute, content));
    }

    @Override
    public Uni<Void> remove(FreshMinute minute, long micros) {
        return around("remove", tables.remove(minute, micros));
    }

    @Override
    public Uni<Void> forget(FreshMinute minute, MinuteState.Mark mark) {
        return around("forget", tables.forget(minute, mark));
    }

    @Override
    public Uni<Page<FreshMinute>> partitions(int slice) {
        return tables.partitions(slice)
                .map(page -> new Page<>(
                        page.items().stream()
                                .filter(minute -> minute.lane().type().equals(type))
                                .toList(),
                        page.next()));
    }

    /** The minutes that hold segments, by a search of all slices. */
    List<FreshMinute> allPartitions() {
        List<FreshMinute> all = new ArrayList<>();
        for (int slice = 0; slice < SLICES; slice++) {
            all.addAll(partitions(slice).await().atMost(Duration.ofSeconds(60)).items());
        }
        return all;
    }

    @Override
    public Uni<Void> add(FreshMinute minute) {
        return tables.add(minute);
    }
}
