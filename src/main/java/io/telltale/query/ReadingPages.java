package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.CursorSigner;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.TimeRange;
import io.telltale.sensors.Value;
import io.telltale.store.Database;
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
 * Pages of a sensor's readings. Nobody knows how long its texts are before a page is read. Mostly it is light, and is read
 * and given whole. Where its texts are long together, what was read is dropped, and the page is a heavy query: it is sent
 * chunk by chunk, so that it holds no more than an export does, however many readings are asked for and however slowly they
 * are taken.
 */
@Singleton
class ReadingPages {

    static final int MAX_LIMIT = 10_000;

    /**
     * So many that may be heavy are read at once to find that out, each with what the store reads ahead. The others are in
     * line, as many as there are connections.
     */
    private static final int READ_AT_ONCE = 16;

    /** Pages of fewer readings are light whatever their texts. */
    private static final int EVER_HEAVY = BoundedBuffer.LIGHT_CHARACTERS / (2 * Value.MAX_TEXT_CODE_POINTS);

    private final Database database;
    private final ReadingStore readings;
    private final Completeness completeness;
    private final QueryAdmission room;
    private final QueryAdmission reading;
    private final ResponseStream bodies;
    private final RequestCoalescer<Key, Page> pages = new RequestCoalescer<>();

    /** A page that is asked for. */
    private record Asked(Sensor sensor, RangeQuery query, int limit) {
        Key key() {
            return new Key(sensor.id(), query.range(), query.rest(), query.order(), limit, query.consistency());
        }

        PageDocument document() {
            return new PageDocument(sensor.id(), query);
        }
    }

    /** Pages that are the same, whoever asks for them. */
    private record Key(
            SensorId sensorId, TimeRange range, TimeRange rest, Order order, int limit, Consistency consistency) {}

    /**
     * A page as it was read.
     *
     * @param found with the reading after its last one where there is one more; nothing where they are heavy
     */
    private record Page(Meta meta, Optional<List<StoredReading>> found) {}

    @Inject
    ReadingPages(
            Database database,
            ReadingStore readings,
            Completeness completeness,
            QueryAdmission room,
            ResponseStream bodies,
            QueryConfig config) {
        this.database = database;
        this.readings = readings;
        this.completeness = completeness;
        this.room = room;
        this.reading = new QueryAdmission(READ_AT_ONCE, Integer.MAX_VALUE, config.deadline(), "pages are being read");
        this.bodies = bodies;
    }

    /** The answer, or null where it was sent. */
    Uni<@Nullable Response> answer(
            Sensor sensor, RangeQuery query, int limit, UriInfo request, HttpServerRequest connection) {
        Asked asked = new Asked(sensor, query, limit);
        return pages.join(asked.key(), () -> ifLight(asked))
                .plug(page -> limit < EVER_HEAVY ? room.inTime(page) : reading.heavy(() -> room.inTime(page)))
                .chain(page -> page.found().isPresent()
                        ? Uni.createFrom()
                                .item(whole(asked, page.meta(), page.found().get(), request))
                        : ResponseStream.orBreakOff(heavy(asked, request, connection), connection)
                                .replaceWith((Response) null));
    }

    private Uni<Page> ifLight(Asked asked) {
        BoundedBuffer gathered = new BoundedBuffer(MAX_LIMIT + 1);
        return meta(asked).chain(meta -> withOneMore(asked)
                .invoke(gathered::add)
                .select()
                .first(page -> gathered.isLight())
                .collect()
                .last()
                .map(last -> new Page(meta, gathered.isLight() ? Optional.of(gathered.readings()) : Optional.empty())));
    }

    /** Asked for before the rows are: what ingest brings in between may only be more. */
    private Uni<Meta> meta(Asked asked) {
        return completeness.of(asked.query.range(), asked.query.consistency(), List.of(asked.sensor.type()));
    }

    /** One more than asked for tells whether there is a next page. */
    private Multi<List<StoredReading>> withOneMore(Asked asked) {
        return range(asked, asked.query.rest(), asked.limit + 1L);
    }

    private Multi<List<StoredReading>> range(Asked asked, TimeRange range, long limit) {
        return readings.range(
                asked.sensor,
                range.fromMillis(),
                range.toMillis(),
                asked.query.order(),
                limit,
                asked.query.consistency());
    }

    private Response whole(Asked asked, Meta meta, List<StoredReading> found, UriInfo request) {
        List<StoredReading> given = found.subList(0, Math.min(asked.limit, found.size()));
        String next = found.size() > asked.limit
                ? asked.query.cursorAfter(given.get(asked.limit - 1).timestampMillis(), database.cursorSeal())
                : null;
        EncodedBytes body = new EncodedBytes(256 + PageDocument.BYTES_PER_READING * given.size());
        PageDocument document = asked.document();
        document.open(body);
        document.add(given, body);
        document.close(next, meta, body);
        Response.ResponseBuilder answer =
                Response.ok().header("Cache-Control", "no-store").header("Vary", "Accept");
        links(next, request).forEach(answer::header);
        return answer.type(MediaType.APPLICATION_JSON)
                .entity(body.toByteArray())
                .build();
    }

    /**
     * Sends a page that is not held. It is read twice: what its head says of the next page is known when all of it was read, and
     * of that nothing but its times is kept.
     */
    private Uni<Void> heavy(Asked asked, UriInfo request, HttpServerRequest connection) {
        return room.heavy(
                () -> room.inTime(meta(asked).chain(meta -> contents(asked).map(contents -> new Head(meta, contents))))
                        .chain(head -> bodies.send(
                                ResponseStream.NOTHING,
                                chunks(asked, head),
                                MediaType.APPLICATION_JSON,
                                links(head.next(asked, database.cursorSeal()), request),
                                connection)));
    }

    private Uni<Contents> contents(Asked asked) {
        return withOneMore(asked)
                .collect()
                .in(
                        () -> new ArrayList<Long>(),
                        (times, page) -> page.forEach(found -> times.add(found.timestampMillis())))
                .map(times -> new Contents(times, asked.limit));
    }

    private Multi<byte[]> chunks(Asked asked, Head head) {
        PageDocument document = asked.document();
        Contents contents = head.contents();
        EncodedBytes opening = new EncodedBytes(256);
        document.open(opening);
        return Concatenation.of(List.of(
                Multi.createFrom().item(opening.toByteArray()),
                range(asked, contents.range(), Long.MAX_VALUE)
                        .map(page -> page.stream().filter(contents::has).toList())
                        .map(page -> {
                            EncodedBytes some = new EncodedBytes(PageDocument.BYTES_PER_READING);
                            document.add(page, some);
                            return some.toByteArray();
                        }),
                Multi.createFrom().item(() -> {
                    EncodedBytes closing = new EncodedBytes(256);
                    document.close(head.next(asked, database.cursorSeal()), head.meta(), closing);
                    return closing.toByteArray();
                })));
    }

    /** What is known of a page before it is sent. */
    private record Head(Meta meta, Contents contents) {
        @Nullable
        String next(Asked asked, CursorSigner seal) {
            return contents.isMore() ? asked.query.cursorAfter(contents.lastMillis(), seal) : null;
        }
    }

    /** When the readings of a page are. What comes to its range later is not on it, or it would have too many. */
    private static final class Contents {
        private final long[] ascending;
        private final long lastMillis;
        private final boolean isMore;

        /** @param times in their order, and one more than the limit where there are more */
        Contents(List<Long> times, int limit) {
            int size = Math.min(limit, times.size());
            this.ascending = times.stream()
                    .limit(size)
                    .mapToLong(Long::longValue)
                    .sorted()
                    .toArray();
            this.lastMillis = size == 0 ? 0 : times.get(size - 1);
            this.isMore = times.size() > limit;
        }

        boolean has(StoredReading reading) {
            return Arrays.binarySearch(ascending, reading.timestampMillis()) >= 0;
        }

        TimeRange range() {
            return ascending.length == 0
                    ? new TimeRange(0, 0)
                    : new TimeRange(ascending[0], ascending[ascending.length - 1] + 1);
        }

        /** Of the last one in the order of the page. */
        long lastMillis() {
            return lastMillis;
        }

        boolean isMore() {
            return isMore;
        }
    }

    private static Map<String, String> links(@Nullable String next, UriInfo request) {
        return next == null ? Map.of() : Map.of("Link", "<%s>; rel=\"next\"".formatted(withCursor(request, next)));
    }

    /** Path and query alone: what host and scheme the client used, a proxy may know and we do not. */
    private static String withCursor(UriInfo request, String cursor) {
        URI uri = request.getRequestUriBuilder()
                .replaceQueryParam("cursor", cursor)
                .build();
        return uri.getRawPath() + "?" + uri.getRawQuery();
    }
}
