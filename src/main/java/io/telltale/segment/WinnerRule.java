package io.telltale.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Value;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Which of several readings of one sensor and millisecond wins: the one with the later record time; at equal record
 * times the one with the greater origin, which within a partition is the higher offset.
 *
 * <p>Copies of one record may differ in their expiry, if a retention was set between two writes. The copy that expires
 * wins over one that does not, and the later expiry over an earlier one, as in Cassandra. Two readings from one record
 * cannot differ otherwise, but the rule orders even those by kind and value, so that no order of sources shows.
 */
public final class WinnerRule {

    /** Orders readings of one sensor and millisecond; the greatest wins. */
    public static final Comparator<SegmentReading> ORDER = WinnerRule::compare;

    private WinnerRule() {}

    private static int compare(SegmentReading one, SegmentReading other) {
        int order = Long.compare(one.recordTimeMillis(), other.recordTimeMillis());
        if (order == 0) {
            order = Long.compareUnsigned(one.originPosition(), other.originPosition());
        }
        if (order == 0) {
            order = Integer.compare(one.originEpoch(), other.originEpoch());
        }
        if (order == 0) {
            order = compareExpiries(one.expirySecond(), other.expirySecond());
        }
        return order == 0 ? compareValues(one.value(), other.value()) : order;
    }

    private static int compareExpiries(long one, long other) {
        if (one == SegmentReading.NEVER || other == SegmentReading.NEVER) {
            return Boolean.compare(one != SegmentReading.NEVER, other != SegmentReading.NEVER);
        }
        return Long.compare(one, other);
    }

    private static int compareValues(Value one, Value other) {
        if (one instanceof Value.Numeric number && other instanceof Value.Numeric otherNumber) {
            return Long.compareUnsigned(
                    Double.doubleToRawLongBits(number.number()), Double.doubleToRawLongBits(otherNumber.number()));
        }
        if (one instanceof Value.Text text && other instanceof Value.Text otherText) {
            return Arrays.compareUnsigned(
                    text.text().getBytes(UTF_8), otherText.text().getBytes(UTF_8));
        }
        return Integer.compare(rank(one), rank(other));
    }

    private static int rank(Value value) {
        if (value instanceof Value.Numeric) {
            return Block.NUMBER;
        }
        if (value instanceof Value.Flag flag) {
            return flag.flag() ? Block.TRUE : Block.FALSE;
        }
        return Block.TEXT;
    }
}
