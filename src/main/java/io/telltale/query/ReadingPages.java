package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.Consistency;
import io.telltale.api.CursorSigner;
import io.telltale.api.Order;
import io.telltale.api.SharedCursorSigner;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.TimeRange;
import io.telltale.sensors.Value;
import io.telltale.store.ReadingStore;
import io.telltale.store.StoredReading;
import io.telltale.streams.Concatenation;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Pages of one sensor's readings. The length of their texts is unknown before a page is read. A light page is read and
 * returned whole. If its texts are long together, what was read is dropped and the page becomes a heavy query: it is
 * read again and streamed, so that it holds as little memory as an export, whatever its limit and the speed of its
 * client.
 */
@Singleton
class ReadingPages {

    static final int MAX_LIMIT = 10_000;

    /**
     * The number of concurrent reads of possibly heavy pages, each with the read-ahead of the store. The queue is
     * unbounded: it holds at most one page per connection.
     */
    private static final int CONCURRENT_READS = 16;

    /** Of one caller, so that its pages do not keep those of others waiting. */
    private static final int READS_PER_CALLER = 12;

    /** Pages with a lower limit are light, whatever their texts. */
    private static final int MIN_HEAVY_LIMIT = BoundedBuffer.LIGHT_CHARACTERS / (2 * Value.MAX_TEXT_CODE_POINTS);

    private final SharedCursorSigner signer;
    private final ReadingStore readings;
    private final Completeness completeness;
    private final QueryAdmission admission;
    private final QueryAdmission reads;
    private final ResponseStream bodies;
    private final RequestCoalescer<Key, Page> coalescer = new RequestCoalescer<>();

    private record Request(CallerCredential caller, Sensor sensor, RangeQuery query, int limit) {
        Key key() {
            return new Key(sensor.id(), query.range(), query.rest(), query.order(), limit, query.consistency());
        }

        PageDocument document() {
            return new PageDocument(sensor.id(), query);
        }
    }

    /** Requests with equal keys have equal pages. */
    private record Key(
            SensorId sensorId, TimeRange range, TimeRange rest, Order order, int limit, Consistency consistency) {}

    /**
     * A page as it was read.
     *
     * @param found one reading more than the limit if there is a next page; empty if the page is heavy
     */
    private record Page(Meta meta, Optional<List<StoredReading>> found) {}

    @Inject
    ReadingPages(
            SharedCursorSigner signer,
            ReadingStore readings,
            Completeness completeness,
            QueryAdmission admission,
            ResponseStream bodies,
            QueryConfig config) {
        this.signer = signer;
        this.readings = readings;
        this.completeness = completeness;
        this.admission = admission;
        this.reads = new QueryAdmission(
                QueryAdmission.Capacity.ofReads(CONCURRENT_READS, READS_PER_CALLER),
                config.deadline(),
                "pages are being read");
        this.bodies = bodies;
    }

    /** The response; null if it was streamed. */
    Uni<@Nullable Response> answer(
            CallerCredential caller,
            Sensor sensor,
            RangeQuery query,
            int limit,
            UriInfo uri,
            HttpServerRequest connection) {
        Request request = new Request(caller, sensor, query, limit);
        return coalescer
                .join(request.key(), () -> ifLight(request))
                .plug(page -> limit < MIN_HEAVY_LIMIT
                        ? admission.inTime(page)
                        : reads.heavy(caller, () -> admission.inTime(page)))
                .chain(page -> page.found().isPresent()
                        ? Uni.createFrom()
                                .item(whole(request, page.meta(), page.found().get(), uri))
                        : ResponseStream.orBreakOff(stream(request, uri, connection), connection)
                                .replaceWith((Response) null));
    }

    private Uni<Page> ifLight(Request request) {
        BoundedBuffer buffer = new BoundedBuffer(MAX_LIMIT + 1);
        return meta(request).chain(meta -> withOneMore(request)
                .invoke(buffer::add)
                .select()
                .first(page -> buffer.isLight())
                .collect()
                .last()
                .map(last -> new Page(meta, buffer.isLight() ? Optional.of(buffer.readings()) : Optional.empty())));
    }

    /** Taken before the rows are read: readings that ingest writes in between can only add to the response. */
    private Uni<Meta> meta(Request request) {
        return completeness.of(request.query.range(), request.query.consistency(), List.of(request.sensor.type()));
    }

    /** One reading more than the limit shows whether there is a next page. */
    private Multi<List<StoredReading>> withOneMore(Request request) {
        return range(request, request.query.rest(), request.limit + 1L);
    }

    private Multi<List<StoredReading>> range(Request request, TimeRange range, long limit) {
        return readings.range(
                request.sensor,
                range.fromMillis(),
                range.toMillis(),
                request.query.order(),
                limit,
                request.query.consistency());
    }

    private Response whole(Request request, Meta meta, List<StoredReading> found, UriInfo uri) {
        List<StoredReading> given = found.subList(0, Math.min(request.limit, found.size()));
        String next = found.size() > request.limit
                ? request.query.cursorAfter(given.get(request.limit - 1).timestampMillis(), signer.get())
                : null;
        EncodedBytes body = new EncodedBytes(256 + PageDocument.BYTES_PER_READING * given.size());
        PageDocument document = request.document();
        document.open(body);
        document.add(given, body);
        document.close(next, meta, body);
        Response.ResponseBuilder answer =
                Response.ok().header("Cache-Control", "no-store").header("Vary", "Accept");
        links(next, uri).forEach(answer::header);
        return answer.type(MediaType.APPLICATION_JSON)
                .entity(body.toByteArray())
                .build();
    }

    /**
     * Streams a heavy page. The first read finds the instants of its readings, because the head already names the next
     * page; the second read sends them.
     */
    private Uni<Void> stream(Request request, UriInfo uri, HttpServerRequest connection) {
        return admission.heavy(request.caller, () -> admission
                .inTime(meta(request).chain(meta -> contents(request).map(contents -> new Head(meta, contents))))
                .chain(head -> bodies.send(
                        ResponseStream.EMPTY,
                        chunks(request, head),
                        MediaType.APPLICATION_JSON,
                        links(head.next(request, signer.get()), uri),
                        connection)));
    }

    private Uni<Contents> contents(Request request) {
        return withOneMore(request)
                .collect()
                .in(
                        () -> new ArrayList<Long>(),
                        (times, page) -> page.forEach(found -> times.add(found.timestampMillis())))
                .map(times -> new Contents(times, request.limit));
    }

    private Multi<byte[]> chunks(Request request, Head head) {
        PageDocument document = request.document();
        Contents contents = head.contents();
        EncodedBytes opening = new EncodedBytes(256);
        document.open(opening);
        return Concatenation.of(List.of(
                Multi.createFrom().item(opening.toByteArray()),
                range(request, contents.range(), Long.MAX_VALUE)
                        .map(page -> page.stream().filter(contents::contains).toList())
                        .map(page -> {
                            EncodedBytes some = new EncodedBytes(PageDocument.BYTES_PER_READING);
                            document.add(page, some);
                            return some.toByteArray();
                        }),
                Multi.createFrom().item(() -> {
                    EncodedBytes closing = new EncodedBytes(256);
                    document.close(head.next(request, signer.get()), head.meta(), closing);
                    return closing.toByteArray();
                })));
    }

    /** What the first read found. */
    private record Head(Meta meta, Contents contents) {
        @Nullable
        String next(Request request, CursorSigner signer) {
            return contents.hasNextPage() ? request.query.cursorAfter(contents.lastMillis(), signer) : null;
        }
    }

    /**
     * The instants of the readings of a page. The page excludes later arrivals, because they could exceed its limit.
     */
    private static final class Contents {
        private final long[] ascending;
        private final long lastMillis;
        private final boolean hasNextPage;

        /** @param times in the order of the page, one more than the limit if there is a next page */
        Contents(List<Long> times, int limit) {
            int size = Math.min(limit, times.size());
            this.ascending = times.stream()
                    .limit(size)
                    .mapToLong(Long::longValue)
                    .sorted()
                    .toArray();
            this.lastMillis = size == 0 ? 0 : times.get(size - 1);
            this.hasNextPage = times.size() > limit;
        }

        boolean contains(StoredReading reading) {
            return Arrays.binarySearch(ascending, reading.timestampMillis()) >= 0;
        }

        TimeRange range() {
            return ascending.length == 0
                    ? new TimeRange(0, 0)
                    : new TimeRange(ascending[0], ascending[ascending.length - 1] + 1);
        }

        /** The instant of the last reading in the order of the page. */
        long lastMillis() {
            return lastMillis;
        }

        boolean hasNextPage() {
            return hasNextPage;
        }
    }

    private static Map<String, String> links(@Nullable String next, UriInfo uri) {
        return next == null ? Map.of() : Map.of("Link", "<%s>; rel=\"next\"".formatted(withCursor(uri, next)));
    }

    /** Path and query only: behind a proxy, the scheme and host of the client are unknown. */
    private static String withCursor(UriInfo request, String cursor) {
        URI uri = request.getRequestUriBuilder()
                .replaceQueryParam("cursor", cursor)
                .build();
        return uri.getRawPath() + "?" + uri.getRawQuery();
    }
}
