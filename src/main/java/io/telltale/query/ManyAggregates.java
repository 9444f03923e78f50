package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.aggregate.Aggregation;
import io.telltale.aggregate.GroupAggregation;
import io.telltale.aggregate.WindowStarts;
import io.telltale.api.CallerCredential;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.query.SelectedSensors.Found;
import io.telltale.query.SeriesStream.Series;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.TimeRange;
import io.telltale.store.SummarizedRanges;
import io.telltale.store.SummarizedRanges.SensorPart;
import io.telltale.streams.Concatenation;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Computes and sends the windows of many sensors. Finds the sensors first, to count the series and to know the types.
 * Series of single sensors are read in batches of sensors; of groups, only the ids and types of their sensors are held.
 */
@Singleton
class ManyAggregates {

    /** The highest number of windows of a response, with and without readings. */
    static final int MAX_WINDOWS = 1_000_000;

    /**
     * The memory for the accumulators of a group, of which half of a heap of 256 MB serves all concurrent heavy
     * queries. A group that needs more is read slice by slice.
     */
    private static final int GROUP_BYTES = 4 << 20;

    private final SelectedSensors sensors;
    private final SummarizedRanges ranges;
    private final Completeness completeness;
    private final QueryAdmission admission;
    private final ResponseStream bodies;
    private final int exactPercentiles;

    /** A request for the aggregates of many sensors. */
    record Request(
            CallerCredential caller,
            SensorSelection selection,
            Grouping grouping,
            AggregatesQuery query,
            SeriesFormat format) {

        /** The highest number of series. */
        long maxSeries() {
            return MAX_WINDOWS / Math.max(1, query.windows().count());
        }
    }

    @Inject
    ManyAggregates(
            SelectedSensors sensors,
            SummarizedRanges ranges,
            Completeness completeness,
            QueryAdmission admission,
            ResponseStream bodies,
            QueryConfig config) {
        this.sensors = sensors;
        this.ranges = ranges;
        this.completeness = completeness;
        this.admission = admission;
        this.bodies = bodies;
        this.exactPercentiles = AggregatesResponses.exactPercentiles(config);
    }

    /**
     * Completes when the response is sent. Pass failures to {@link ResponseStream#orBreakOff}.
     *
     * @throws ProblemException {@code bad-parameter} if the named sensors alone have too many windows
     */
    Uni<Void> send(Request request, HttpServerRequest connection) {
        if (request.grouping().isBySensor()) {
            requireFewWindows(request, request.selection().ids().size());
        }
        return admission.heavy(request.caller(), () -> sensors.find(
                        request.selection(),
                        request.grouping(),
                        request.maxSeries(),
                        request.query().consistency())
                .invoke(found -> requireFewWindows(request, found.series()))
                .chain(found -> completeness
                        .of(request.query().range(), request.query().consistency(), found.types())
                        .chain(meta -> send(request, found, meta, connection))));
    }

    private Uni<Void> send(Request request, Found found, Meta meta, HttpServerRequest connection) {
        SeriesFormat format = request.format();
        SeriesStream stream = new SeriesStream(format);
        Multi<byte[]> chunks =
                request.grouping().isBySensor() ? bySensor(request, found, stream) : byGroup(request, found, stream);
        Multi<byte[]> closing = Multi.createFrom().deferred(() -> Multi.createFrom()
                .item(format.closing(
                        stream.isEmpty(),
                        meta,
                        stream.findings(request.query().hasPercentiles()),
                        connection.response())));
        return bodies.send(
                format.opening(),
                Concatenation.of(List.of(chunks, closing)),
                format.mediaType(),
                meta.headers(),
                connection);
    }

    private Multi<byte[]> bySensor(Request request, Found found, SeriesStream stream) {
        AggregatesQuery query = request.query();
        return sensors.batches(request.selection(), found, query.consistency())
                .plug(Concatenation.streams(batch -> stream.chunks(
                        batch.stream()
                                .map(sensor -> new Series(
                                        request.grouping().keyOf(sensor),
                                        List.of(sensor),
                                        () -> new Aggregation(
                                                query.windows(), query.fill(), query.functions(), exactPercentiles)))
                                .toList(),
                        read(batch, query.range(), query))));
    }

    private Multi<byte[]> byGroup(Request request, Found found, SeriesStream stream) {
        AggregatesQuery query = request.query();
        WindowStarts starts = new WindowStarts(query.windows());
        int windowsPerSlice = GROUP_BYTES / GroupAggregation.maxBytesPerWindow(query.functions(), exactPercentiles);
        List<TimeRange> slices = starts.slices(windowsPerSlice);
        List<Series> groups = found.groups().entrySet().stream()
                .map(group -> new Series(
                        group.getKey(),
                        group.getValue(),
                        () -> new GroupAggregation(
                                starts, query.fill(), query.functions(), exactPercentiles, windowsPerSlice)))
                .toList();
        if (slices.size() <= 1) {
            List<Sensor> all =
                    groups.stream().flatMap(group -> group.sensors().stream()).collect(Collectors.toList());
            return stream.chunks(groups, read(all, query.range(), query));
        }
        return Multi.createFrom()
                .iterable(groups)
                .plug(Concatenation.streams(group -> stream.chunks(
                        List.of(group),
                        Multi.createFrom()
                                .iterable(slices)
                                .plug(Concatenation.streams(slice -> read(group.sensors(), slice, query))))));
    }

    private Multi<List<SensorPart>> read(List<Sensor> read, TimeRange range, AggregatesQuery query) {
        return ranges.read(read, range.fromMillis(), range.toMillis(), query.consistency(), query.summaryRule());
    }

    private static void requireFewWindows(Request request, long series) {
        if (series > request.maxSeries()) {
            AggregatesQuery query = request.query();
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            ("parameter interval is '%s', which cuts %s into %d windows for each of at least %d series "
                                            + "by %s; expected at most %d windows in total")
                                    .formatted(
                                            query.interval(),
                                            query.range(),
                                            query.windows().count(),
                                            series,
                                            request.grouping().by(),
                                            MAX_WINDOWS))
                    .exception();
        }
    }
}
