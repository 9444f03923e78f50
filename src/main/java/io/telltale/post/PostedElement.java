package io.telltale.post;

import io.telltale.wire.DecodeResult;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import org.jspecify.annotations.Nullable;

/**
 * One element of a posted body.
 *
 * @param verdict the reading, or why it was rejected
 * @param record the value of the Kafka record; empty if the element was rejected
 * @param isForbidden whether its valid reading is outside the scope of the caller
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record PostedElement(DecodeResult verdict, byte[] record, boolean isForbidden) {

    private static final byte[] NO_BYTES = {};

    static PostedElement accepted(Accepted verdict, byte[] record) {
        return new PostedElement(verdict, record, false);
    }

    static PostedElement rejected(Rejected verdict) {
        return new PostedElement(verdict, NO_BYTES, false);
    }

    /** This element, rejected because it is outside the scope of the caller. */
    PostedElement forbidden() {
        return new PostedElement(verdict, NO_BYTES, true);
    }

    /** The reading; null if the element was rejected. */
    @Nullable
    Accepted accepted() {
        return verdict instanceof Accepted accepted && !isForbidden ? accepted : null;
    }
}
