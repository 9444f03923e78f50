package io.telltale.store;

import io.telltale.sensors.SensorType;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A week of one shard of a type: a partition of the bucket index and of the marks of history.
 *
 * @param startMillis the start of the week, as {@link Layout#weekStart}
 */
public record ShardWeek(SensorType type, int shard, long startMillis) {

    long endMillis() {
        return startMillis + Layout.WEEK_MILLIS;
    }

    /** Its 28 spans, in order of time. */
    public List<Span> spans() {
        return LongStream.iterate(startMillis, start -> start < endMillis(), start -> start + Span.MILLIS)
                .mapToObj(start -> new Span(type, shard, start))
                .toList();
    }
}
