package io.telltale.query;

import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.CursorSigner;
import io.telltale.api.Order;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.QueryFingerprint;
import io.telltale.sensors.Reading;
import io.telltale.sensors.TimeRange;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * A range of one sensor's readings, as it was asked for, and what of it is still to be given.
 *
 * @param range the whole range; what {@code now} meant on the first page holds for all pages
 * @param rest what no page before has given
 */
record RangeQuery(TimeRange range, TimeRange rest, Order order, Consistency consistency, QueryFingerprint fingerprint) {

    private static final int PLACE_BYTES = 3 * Long.BYTES;

    /** A range that is given whole. */
    static RangeQuery whole(Parameters parameters, String sensorId, long nowMillis) {
        TimeRange range = parameters.timeRange(nowMillis);
        return new RangeQuery(
                range,
                range,
                parameters.order(Order.ASC),
                parameters.consistency(),
                parameters.fingerprint("readings of " + sensorId, "from", "to", "order"));
    }

    /**
     * A range that is given page by page: from its beginning, or from where a cursor says.
     *
     * @param seal asked for where there is a cursor
     */
    static RangeQuery page(Parameters parameters, String sensorId, long nowMillis, Supplier<CursorSigner> seal) {
        RangeQuery whole = whole(parameters, sensorId, nowMillis);
        return parameters
                .cursor(whole.fingerprint, seal)
                .map(whole::continuedAt)
                .orElse(whole);
    }

    private RangeQuery continuedAt(byte[] place) {
        ByteBuffer bytes = ByteBuffer.wrap(place);
        if (place.length != PLACE_BYTES || !isWithin(bytes.getLong(), bytes.getLong(), bytes.getLong())) {
            throw Problem.of(ProblemCode.BAD_CURSOR, "parameter cursor is of another kind of query")
                    .exception();
        }
        bytes.rewind();
        TimeRange asked = new TimeRange(bytes.getLong(), bytes.getLong());
        long lastMillis = bytes.getLong();
        TimeRange left = order == Order.ASC
                ? new TimeRange(lastMillis + 1, asked.toMillis())
                : new TimeRange(asked.fromMillis(), lastMillis);
        return new RangeQuery(asked, left, order, consistency, fingerprint);
    }

    /** Whoever has read access to the keyspace can seal a cursor, so what it holds is checked like any parameter. */
    private static boolean isWithin(long fromMillis, long toMillis, long lastMillis) {
        return fromMillis >= Reading.MIN_TIMESTAMP_MILLIS
                && toMillis <= Reading.MAX_TIMESTAMP_MILLIS
                && lastMillis >= fromMillis
                && lastMillis < toMillis;
    }

    /** The cursor of the page after one that ends with the reading at this instant. */
    String cursorAfter(long lastMillis, CursorSigner seal) {
        return Cursor.encode(
                fingerprint,
                ByteBuffer.allocate(PLACE_BYTES)
                        .putLong(range.fromMillis())
                        .putLong(range.toMillis())
                        .putLong(lastMillis)
                        .array(),
                seal);
    }
}
