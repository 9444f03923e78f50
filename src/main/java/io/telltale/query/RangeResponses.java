package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.TimeRange;
import io.telltale.store.ReadingStore;
import io.telltale.store.StoredReading;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Gives the readings of a range of any length to whoever makes an answer of them. A range is a heavy query, since nobody
 * knows how much it holds before it is read. But where heavy queries would have to wait, it is tried whether this one is as
 * light as a page: then it need not, and a dashboard is served while exports take all places.
 */
@Singleton
class RangeResponses {

    /** More readings are not light, nor are long texts. */
    static final int LIGHT_READINGS = 5_000;

    /** So many are tried at once; the others of them are in line, as many as there are connections. */
    private static final int TRIED_AT_ONCE = 8;

    private final ReadingStore readings;
    private final Completeness completeness;
    private final QueryAdmission room;
    private final QueryAdmission trials;

    @Inject
    RangeResponses(ReadingStore readings, Completeness completeness, QueryAdmission room, QueryConfig config) {
        this.readings = readings;
        this.completeness = completeness;
        this.room = room;
        this.trials = new QueryAdmission(
                TRIED_AT_ONCE,
                Integer.MAX_VALUE,
                config.deadline(),
                "ranges are tried while heavy queries take all places");
    }

    /**
     * An answer from a range.
     *
     * @param limit how many readings at most
     * @param answer made of what the answer is and of its readings, once or not at all
     */
    <T> Uni<T> answer(
            Sensor sensor,
            TimeRange range,
            Order order,
            long limit,
            Consistency consistency,
            BiFunction<Meta, Multi<List<StoredReading>>, Uni<T>> answer) {
        Asked asked = new Asked(sensor, range, order, limit, consistency);
        if (room.hasPlace()) {
            return heavy(asked, answer);
        }
        return trials.heavy(() -> room.inTime(meta(asked)
                        .chain(meta -> ifLight(asked).map(found -> found.map(light -> answer.apply(meta, light))))))
                .chain(light -> light.orElseGet(() -> heavy(asked, answer)));
    }

    private record Asked(Sensor sensor, TimeRange range, Order order, long limit, Consistency consistency) {}

    private <T> Uni<T> heavy(Asked asked, BiFunction<Meta, Multi<List<StoredReading>>, Uni<T>> answer) {
        return room.heavy(() -> meta(asked).chain(meta -> answer.apply(meta, read(asked, asked.limit))));
    }

    /** Asked for before the rows are: what ingest brings in between may only be more. */
    private Uni<Meta> meta(Asked asked) {
        return completeness.of(asked.range, asked.consistency, List.of(asked.sensor.type()));
    }

    private Multi<List<StoredReading>> read(Asked asked, long limit) {
        return readings.range(
                asked.sensor, asked.range.fromMillis(), asked.range.toMillis(), asked.order, limit, asked.consistency);
    }

    /** All readings, or nothing where they are too many; then what was read of them is dropped. */
    private Uni<Optional<Multi<List<StoredReading>>>> ifLight(Asked asked) {
        BoundedBuffer gathered = new BoundedBuffer(LIGHT_READINGS);
        return read(asked, Math.min(asked.limit, LIGHT_READINGS + 1L))
                .invoke(gathered::add)
                .select()
                .first(page -> gathered.isLight())
                .collect()
                .last()
                .map(last -> gathered.isLight() ? Optional.of(gathered.pages()) : Optional.empty());
    }
}
