package io.telltale.query;

import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.Fingerprint;
import io.telltale.api.Order;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.TimeRange;
import java.nio.ByteBuffer;

/**
 * A range of one sensor's readings, as it was asked for, and what of it is still to be given.
 *
 * @param range the whole range; what {@code now} meant on the first page holds for all pages
 * @param rest what no page before has given
 */
record RangeQuery(TimeRange range, TimeRange rest, Order order, Consistency consistency, Fingerprint fingerprint) {

    private static final int PLACE_BYTES = 3 * Long.BYTES;

    static RangeQuery of(Parameters parameters, String sensorId, long nowMillis) {
        Order order = parameters.order(Order.ASC);
        Consistency consistency = parameters.consistency();
        TimeRange asked = parameters.timeRange(nowMillis);
        Fingerprint fingerprint = parameters.fingerprint("readings of " + sensorId, "from", "to", "order");
        return parameters
                .cursor(fingerprint)
                .map(place -> continued(place, order, consistency, fingerprint))
                .orElseGet(() -> new RangeQuery(asked, asked, order, consistency, fingerprint));
    }

    private static RangeQuery continued(
            byte[] place, Order order, Consistency consistency, Fingerprint fingerprint) {
        if (place.length != PLACE_BYTES) {
            throw Problem.of(ProblemCode.BAD_CURSOR, "parameter cursor is of another kind of query")
                    .exception();
        }
        ByteBuffer bytes = ByteBuffer.wrap(place);
        TimeRange range = new TimeRange(bytes.getLong(), bytes.getLong());
        long lastMillis = bytes.getLong();
        TimeRange rest = order == Order.ASC
                ? new TimeRange(lastMillis + 1, range.toMillis())
                : new TimeRange(range.fromMillis(), lastMillis);
        return new RangeQuery(range, rest, order, consistency, fingerprint);
    }

    /** The cursor of the page after one that ends with the reading at this instant. */
    String cursorAfter(long lastMillis) {
        return Cursor.encode(
                fingerprint,
                ByteBuffer.allocate(PLACE_BYTES)
                        .putLong(range.fromMillis())
                        .putLong(range.toMillis())
                        .putLong(lastMillis)
                        .array());
    }
}
