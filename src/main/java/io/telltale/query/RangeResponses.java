package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.TimeRange;
import io.telltale.store.RangePart;
import io.telltale.store.ReadingStore;
import io.telltale.store.StoredReading;
import io.telltale.store.SummarizedRanges;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Reads ranges of any length for responses. A range is a heavy query, because its size is unknown before it is read.
 * While no permit for heavy queries is free for the caller, a range is first probed: one as light as a page needs no
 * permit, so dashboards are served while exports hold all permits.
 */
@Singleton
class RangeResponses {

    /** The highest number of readings of a light range; long texts are not light either. */
    static final int LIGHT_READINGS = 5_000;

    /** The number of concurrent probes. The queue is unbounded: it holds at most one probe per connection. */
    private static final int CONCURRENT_PROBES = 8;

    /** Of one caller, so that its probes do not keep those of others waiting. */
    private static final int PROBES_PER_CALLER = 6;

    private final ReadingStore readings;
    private final SummarizedRanges summarized;
    private final Completeness completeness;
    private final QueryAdmission admission;
    private final QueryAdmission probes;

    @Inject
    RangeResponses(
            ReadingStore readings,
            SummarizedRanges summarized,
            Completeness completeness,
            QueryAdmission admission,
            QueryConfig config) {
        this.readings = readings;
        this.summarized = summarized;
        this.completeness = completeness;
        this.admission = admission;
        this.probes = new QueryAdmission(
                QueryAdmission.Capacity.ofReads(CONCURRENT_PROBES, PROBES_PER_CALLER),
                config.deadline(),
                "ranges are probed while heavy queries hold all permits");
    }

    /**
     * Reads a range and responds with it.
     *
     * @param caller whose permit it needs
     * @param limit the highest number of readings
     * @param respond creates the response from its metadata and pages of readings; called at most once
     */
    <T> Uni<T> read(
            CallerCredential caller,
            Sensor sensor,
            TimeRange range,
            Order order,
            long limit,
            Consistency consistency,
            BiFunction<Meta, Multi<List<StoredReading>>, Uni<T>> respond) {
        Query query = new Query(caller, sensor, range, order, limit, consistency);
        return read(query, () -> pages(query, query.limit), light -> light, respond);
    }

    /**
     * Reads a range of which summaries may replace readings, and responds with it.
     *
     * @param isUsable whether a summary can replace its readings; empty if none can
     * @param respond as above
     */
    <T> Uni<T> readSummarized(
            CallerCredential caller,
            Sensor sensor,
            TimeRange range,
            Consistency consistency,
            Optional<? extends Predicate<ReadingsSummary>> isUsable,
            BiFunction<Meta, Multi<RangePart>, Uni<T>> respond) {
        return read(
                new Query(caller, sensor, range, Order.ASC, Long.MAX_VALUE, consistency),
                () -> summarized.read(sensor, range.fromMillis(), range.toMillis(), consistency, isUsable),
                light -> light.map(RangePart.Readings::new),
                respond);
    }

    private <P, T> Uni<T> read(
            Query query,
            Supplier<Multi<P>> all,
            Function<Multi<List<StoredReading>>, Multi<P>> ofLight,
            BiFunction<Meta, Multi<P>, Uni<T>> respond) {
        if (admission.hasPermit(query.caller)) {
            return heavy(query, all, respond);
        }
        return probes.heavy(
                        query.caller,
                        () -> admission.inTime(meta(query).chain(meta -> ifLight(query)
                                .map(found -> found.map(light -> respond.apply(meta, ofLight.apply(light)))))))
                .chain(light -> light.orElseGet(() -> heavy(query, all, respond)));
    }

    private record Query(
            CallerCredential caller,
            Sensor sensor,
            TimeRange range,
            Order order,
            long limit,
            Consistency consistency) {}

    private <P, T> Uni<T> heavy(Query query, Supplier<Multi<P>> all, BiFunction<Meta, Multi<P>, Uni<T>> respond) {
        return admission.heavy(query.caller, () -> meta(query).chain(meta -> respond.apply(meta, all.get())));
    }

    /** Taken before the rows are read: readings that ingest writes in between can only add to the response. */
    private Uni<Meta> meta(Query query) {
        return completeness.of(query.range, query.consistency, List.of(query.sensor.type()));
    }

    private Multi<List<StoredReading>> pages(Query query, long limit) {
        return readings.range(
                query.sensor, query.range.fromMillis(), query.range.toMillis(), query.order, limit, query.consistency);
    }

    /** All pages, or nothing if the range is not light; reading stops there. */
    private Uni<Optional<Multi<List<StoredReading>>>> ifLight(Query query) {
        BoundedBuffer buffer = new BoundedBuffer(LIGHT_READINGS);
        return pages(query, Math.min(query.limit, LIGHT_READINGS + 1L))
                .invoke(buffer::add)
                .select()
                .first(page -> buffer.isLight())
                .collect()
                .last()
                .map(last -> buffer.isLight() ? Optional.of(buffer.pages()) : Optional.empty());
    }
}
