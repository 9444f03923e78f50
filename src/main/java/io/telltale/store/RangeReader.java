package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a range of a sensor's readings from all sources that may hold some. The only place where sources meet: every
 * read of one sensor goes through it.
 */
@Singleton
class RangeReader {

    private final BucketIndex buckets;
    private final Layouts layouts;
    private final DeletionLog deletions;
    private final PackedReadings partitions;
    private final FreshReadings fresh;
    private final PageSize.RowSizes rowSizes = new PageSize.RowSizes();

    @Inject
    RangeReader(
            BucketIndex buckets,
            Layouts layouts,
            DeletionLog deletions,
            PackedReadings partitions,
            FreshReadings fresh) {
        this.buckets = buckets;
        this.layouts = layouts;
        this.deletions = deletions;
        this.partitions = partitions;
        this.fresh = fresh;
    }

    /** See {@link ReadingStore#range}. */
    Multi<List<StoredReading>> read(
            Sensor sensor, long fromMillis, long toMillis, Order order, long limit, Consistency consistency) {
        if (fromMillis >= toMillis) {
            return Multi.createFrom().empty();
        }
        return deletions.known(consistency).onItem().transformToMulti(known -> layouts.toRead(
                        sensor.type(), toMillis, consistency)
                .onItem()
                .transformToMulti(layout -> union(
                        layout,
                        new RangeRead(
                                sensor,
                                fromMillis,
                                toMillis,
                                order,
                                consistency,
                                known.of(sensor.id(), fromMillis, toMillis),
                                layout.hasSegments(),
                                new RangeRead.Remaining(limit),
                                new PageSize(sensor.type(), rowSizes)))));
    }

    private Multi<List<StoredReading>> union(Layout layout, RangeRead read) {
        List<Multi<ReadingPage>> sources = new ArrayList<>();
        sources.add(inPartitions(layout, read));
        if (read.isMerged()) {
            sources.add(fresh.readings(layout, read));
        }
        return MergedPages.of(sources, read.order())
                .map(read.remaining()::take)
                .filter(readings -> !readings.isEmpty())
                // Prefetches one page while the subscriber handles the previous one.
                .emitOn(Runnable::run, 1);
    }

    private Multi<ReadingPage> inPartitions(Layout layout, RangeRead read) {
        return buckets.partitionsToRead(
                        layout, read.sensor(), read.fromMillis(), read.toMillis(), read.order(), read.consistency())
                .select()
                .first(some -> read.remaining().any())
                .plug(Concatenation.streams(some -> partitions.readings(some, read)));
    }
}
