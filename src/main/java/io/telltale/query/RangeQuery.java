package io.telltale.query;

import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.CursorSigner;
import io.telltale.api.Order;
import io.telltale.api.Parameters;
import io.telltale.api.QueryFingerprint;
import io.telltale.sensors.Reading;
import io.telltale.sensors.TimeRange;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * A query for a range of one sensor's readings, and the part that is still to be returned.
 *
 * @param range the whole range; {@code now} keeps its value of the first page on all pages
 * @param rest the part that no earlier page has returned
 */
record RangeQuery(TimeRange range, TimeRange rest, Order order, Consistency consistency, QueryFingerprint fingerprint) {

    private static final int POSITION_BYTES = 3 * Long.BYTES;

    /** A query for a whole range. */
    static RangeQuery whole(Parameters parameters, String sensorId, long nowMillis) {
        TimeRange range = parameters.timeRange(nowMillis);
        return new RangeQuery(
                range,
                range,
                parameters.order(Order.ASC),
                parameters.consistency(),
                parameters.fingerprint("readings of " + sensorId, "from", "to=now", "order=asc"));
    }

    /**
     * A query for one page of a range: the first, or the one at a cursor.
     *
     * @param signer called if there is a cursor
     */
    static RangeQuery page(Parameters parameters, String sensorId, long nowMillis, Supplier<CursorSigner> signer) {
        RangeQuery whole = whole(parameters, sensorId, nowMillis);
        return parameters
                .cursor(whole.fingerprint, signer)
                .map(position -> whole.continuedAt(position, parameters))
                .orElse(whole);
    }

    private RangeQuery continuedAt(byte[] position, Parameters parameters) {
        ByteBuffer bytes = ByteBuffer.wrap(position);
        if (position.length != POSITION_BYTES || !isWithin(bytes.getLong(), bytes.getLong(), bytes.getLong())) {
            throw parameters.foreignCursor();
        }
        bytes.rewind();
        TimeRange requested = new TimeRange(bytes.getLong(), bytes.getLong());
        long lastMillis = bytes.getLong();
        TimeRange left = order == Order.ASC
                ? new TimeRange(lastMillis + 1, requested.toMillis())
                : new TimeRange(requested.fromMillis(), lastMillis);
        return new RangeQuery(requested, left, order, consistency, fingerprint);
    }

    /** Validated like any parameter: everyone with read access to the keyspace can sign a cursor. */
    private static boolean isWithin(long fromMillis, long toMillis, long lastMillis) {
        return fromMillis >= Reading.MIN_TIMESTAMP_MILLIS
                && toMillis <= Reading.MAX_TIMESTAMP_MILLIS
                && lastMillis >= fromMillis
                && lastMillis < toMillis;
    }

    /** The cursor of the page after the reading at this instant. */
    String cursorAfter(long lastMillis, CursorSigner signer) {
        return Cursor.encode(
                fingerprint,
                ByteBuffer.allocate(POSITION_BYTES)
                        .putLong(range.fromMillis())
                        .putLong(range.toMillis())
                        .putLong(lastMillis)
                        .array(),
                signer);
    }
}
