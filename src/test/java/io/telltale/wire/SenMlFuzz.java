package io.telltale.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.fuzz.Bounded;
import io.telltale.wire.DecodeResult.Pack;
import io.telltale.wire.DecodeResult.Rejected;
import java.util.Collections;

/** Fuzz target: a SenML pack. Every entry is accepted, rejected or replaced; the summary is bounded. */
public final class SenMlFuzz {

    /** The indexes of 64 ranges, and three details. */
    private static final int MAX_DETAIL_CHARACTERS = 10_000;

    private static final HeaderValues HEADERS =
            name -> name.equals("content-type") ? "application/senml+json".getBytes(US_ASCII) : null;
    private static final RecordDecoder DECODER = new RecordDecoder();

    private SenMlFuzz() {}

    /** Decodes a pack. */
    public static void fuzzerTestOneInput(byte[] body) {
        DecodeResult decoded = DECODER.decode(RecordFuzz.TYPE, HEADERS, null, body, RecordFuzz.RECORD_TIME_MILLIS);
        Rejected rejected = decoded.rejected();
        if (rejected != null) {
            Bounded.check(rejected.detail(), MAX_DETAIL_CHARACTERS);
        }
        decoded.accepted().forEach(reading -> RecordFuzz.checkAccepted(reading, RecordFuzz.RECORD_TIME_MILLIS));
        if (decoded instanceof Pack pack
                && !Collections.disjoint(pack.good().keySet(), pack.bad().keySet())) {
            throw new AssertionError("an entry is both accepted and rejected: " + pack);
        }
        if (rejected == null && decoded.accepted().isEmpty()) {
            throw new AssertionError("a pack has no result");
        }
    }
}
