package io.telltale.packing;

import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentBucket;
import io.telltale.store.RecentSegment;
import io.telltale.store.StoredSegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Recent segments and the entries of their buckets in memory, with the timestamps of Cassandra. */
final class MemoryRecent {

    /** Of the segments of a bucket. */
    static final Comparator<StoredSegment> ORDER = Comparator.comparingInt(
                    (StoredSegment stored) -> stored.segment().key().group())
            .thenComparing(stored -> stored.segment().key().id());

    /** The timestamps of a row. */
    static final class Times {
        long writtenMicros = Long.MIN_VALUE;
        long removedMicros = Long.MIN_VALUE;

        boolean isThere() {
            return writtenMicros > removedMicros;
        }
    }

    private record EntryKey(ReadingPartition partition, UUID writer) {}

    final Map<RecentSegment.Key, RecentSegment> segments = new LinkedHashMap<>();
    private final Map<RecentSegment.Key, Times> times = new HashMap<>();
    private final Map<EntryKey, Times> entries = new LinkedHashMap<>();

    void put(RecentSegment segment, long micros) {
        Times row = times.computeIfAbsent(segment.key(), first -> new Times());
        row.writtenMicros = Math.max(row.writtenMicros, micros);
        if (row.isThere()) {
            segments.put(segment.key(), segment);
        }
    }

    void remove(RecentSegment.Key key, long micros) {
        Times row = times.computeIfAbsent(key, first -> new Times());
        row.removedMicros = Math.max(row.removedMicros, micros);
        if (!row.isThere()) {
            segments.remove(key);
        }
    }

    void putEntry(ReadingPartition partition, UUID writer, long micros) {
        Times row = entries.computeIfAbsent(new EntryKey(partition, writer), first -> new Times());
        row.writtenMicros = Math.max(row.writtenMicros, micros);
    }

    void removeEntry(ReadingPartition partition, UUID writer, long micros) {
        Times row = entries.computeIfAbsent(new EntryKey(partition, writer), first -> new Times());
        row.removedMicros = Math.max(row.removedMicros, micros);
    }

    /** By bucket. */
    List<RecentBucket> entries() {
        List<RecentBucket> found = new ArrayList<>();
        entries.forEach((key, row) -> {
            if (row.isThere()) {
                found.add(new RecentBucket(key.partition(), key.writer(), row.writtenMicros));
            }
        });
        found.sort(Comparator.comparingLong(entry -> entry.partition().bucketStartMillis()));
        return found;
    }

    /** The segments of a bucket. */
    List<StoredSegment> of(ReadingPartition bucket) {
        return of(Stream.of(bucket))
                .map(segment ->
                        new StoredSegment(segment, Objects.requireNonNull(times.get(segment.key())).writtenMicros))
                .toList();
    }

    /** The segments of buckets that have an entry. */
    List<RecentSegment> listed() {
        return of(entries().stream().map(RecentBucket::partition)).toList();
    }

    Stream<RecentSegment> of(Stream<ReadingPartition> buckets) {
        Set<ReadingPartition> some = buckets.collect(Collectors.toSet());
        return segments.values().stream()
                .filter(segment -> some.contains(segment.key().partition()));
    }
}
