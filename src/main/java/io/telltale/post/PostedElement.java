package io.telltale.post;

import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.Decoded.Rejected;
import org.jspecify.annotations.Nullable;

/**
 * One element of a posted body.
 *
 * @param verdict whether it is a reading
 * @param record what goes to Kafka if it is; never compared, so an array will do
 */
@SuppressWarnings("ArrayRecordComponent")
record PostedElement(Decoded verdict, byte[] record) {

    private static final byte[] NOTHING = {};

    static PostedElement rejected(Rejected verdict) {
        return new PostedElement(verdict, NOTHING);
    }

    /** The reading, or null if it is none. */
    @Nullable
    Accepted accepted() {
        return verdict instanceof Accepted accepted ? accepted : null;
    }
}
