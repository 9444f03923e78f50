package io.telltale.post;

import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.ReadingDecoder;

/**
 * Validates a posted JSON reading by the rules for records. Its field {@code type} names the type, as there is no
 * topic. The record has the posted bytes unchanged, so the same JSON means the same by POST and by Kafka. Stateless.
 *
 * <p>Does not check whether the sensor is registered under another type: that may change until the record is ingested,
 * so ingest must check it anyway, and writes a dead letter.
 */
final class PostedReadingValidator {

    private final ReadingDecoder decoder = new ReadingDecoder();

    /** Validates one element. */
    PostedElement validate(byte[] element, long nowMillis) {
        var verdict = decoder.decodePosted(element, nowMillis);
        return verdict instanceof Rejected rejected
                ? PostedElement.rejected(rejected)
                : PostedElement.accepted((Accepted) verdict, element);
    }
}
