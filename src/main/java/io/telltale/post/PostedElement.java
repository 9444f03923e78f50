package io.telltale.post;

import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.Decoded.Rejected;
import org.jspecify.annotations.Nullable;

/**
 * One element of a posted body.
 *
 * @param verdict the reading, or why it was rejected
 * @param record the value of the Kafka record; empty if the element was rejected
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record PostedElement(Decoded verdict, byte[] record) {

    private static final byte[] NO_BYTES = {};

    static PostedElement rejected(Rejected verdict) {
        return new PostedElement(verdict, NO_BYTES);
    }

    /** The reading; null if the element was rejected. */
    @Nullable
    Accepted accepted() {
        return verdict instanceof Accepted accepted ? accepted : null;
    }
}
