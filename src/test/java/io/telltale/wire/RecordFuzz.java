package io.telltale.wire;

import io.telltale.fuzz.Bounded;
import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fuzz target: the JSON body of a record. The fast path agrees with the parser, and what is accepted can be encoded.
 */
public final class RecordFuzz {

    static final SensorType TYPE = new SensorType("boiler");
    static final long RECORD_TIME_MILLIS = 1_769_862_900_000L;

    /** The faults of six fields and a dozen names. */
    private static final int MAX_DETAIL_CHARACTERS = 3_000;

    private static final RecordDecoder DECODER = new RecordDecoder();
    private static final ReadingEncoder ENCODER = new ReadingEncoder();

    private RecordFuzz() {}

    /** Decodes a body, as a record and as a posted reading. */
    public static void fuzzerTestOneInput(byte[] body) {
        DecodeResult decoded = DECODER.decode(TYPE, HeaderValues.NONE, null, body, RECORD_TIME_MILLIS);
        check(decoded, RECORD_TIME_MILLIS);
        checkFastPath(PlainReading.of(TYPE, null, body, RECORD_TIME_MILLIS), decoded, body, TYPE);

        DecodeResult posted = new ReadingDecoder().decodePosted(body, RECORD_TIME_MILLIS);
        check(posted, RECORD_TIME_MILLIS);
        checkFastPath(PlainReading.of(null, null, body, RECORD_TIME_MILLIS), posted, body, null);
    }

    /** A result is one reading that encodes to itself, or one rejection with a bounded detail. */
    static void check(DecodeResult decoded, long recordTimeMillis) {
        if (decoded instanceof Rejected rejected) {
            Bounded.check(rejected.detail(), MAX_DETAIL_CHARACTERS);
        } else {
            Accepted accepted = (Accepted) decoded;
            checkAccepted(accepted, recordTimeMillis);
        }
    }

    static void checkAccepted(Accepted accepted, long recordTimeMillis) {
        accepted.dropped().forEach(dropped -> Bounded.check(dropped.detail(), MAX_DETAIL_CHARACTERS));
        if (accepted.reading().timestampMillis() > recordTimeMillis + ReadingDecoder.MAX_AHEAD_MILLIS) {
            throw new AssertionError("a reading of the future is accepted: " + accepted);
        }
        byte[] encoded = ENCODER.body(accepted.reading(), accepted.description());
        DecodeResult again = new ReadingDecoder().decode(accepted.reading().type(), null, encoded, recordTimeMillis);
        Accepted expected = new Accepted(accepted.reading(), accepted.description());
        if (!again.equals(expected)) {
            throw new AssertionError("%s is encoded as %s".formatted(expected, again));
        }
    }

    private static void checkFastPath(
            @Nullable Accepted fast, DecodeResult decoded, byte[] body, @Nullable SensorType topicType) {
        if (fast == null) {
            return;
        }
        DecodeResult slow = ReadingDecoder.decodeAny(topicType, HeaderValues.NONE, null, body, RECORD_TIME_MILLIS);
        if (!slow.equals(fast) || !Objects.equals(fast, decoded)) {
            throw new AssertionError("the fast path reads %s; the parser reads %s".formatted(fast, slow));
        }
    }
}
