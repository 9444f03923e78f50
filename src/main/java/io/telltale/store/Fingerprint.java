package io.telltale.store;

import org.apache.commons.codec.digest.MurmurHash3;
import org.jspecify.annotations.Nullable;

/**
 * Makes the fingerprints that a {@link FingerprintMemory} knows things by: MurmurHash3 with 128 bits, over names that are
 * ASCII all. Names end with a byte that no name contains, so that no two lists of names are spelled alike.
 *
 * <p>MurmurHash3 resists chance, not malice. Whoever makes up two ids with one fingerprint may send readings under the
 * second that is then not registered: his own loss. The buffer is used again, so each has one owner.
 */
final class Fingerprint {

    private static final int SEED = 0x7e117a1e;
    private static final byte END = 0;

    /** Two names of the longest kind, their ends, and a number. */
    private final byte[] buffer = new byte[320];

    private int length;
    private long high;
    private long low;

    Fingerprint begin() {
        length = 0;
        return this;
    }

    /** @param name ASCII; null for a name that is not there, as if it were empty */
    Fingerprint name(@Nullable String name) {
        if (name != null) {
            for (int i = 0; i < name.length(); i++) {
                buffer[length++] = (byte) name.charAt(i);
            }
        }
        buffer[length++] = END;
        return this;
    }

    Fingerprint number(long number) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            buffer[length++] = (byte) (number >>> shift);
        }
        return this;
    }

    Fingerprint end() {
        long[] hash = MurmurHash3.hash128x64(buffer, 0, length, SEED);
        high = hash[0];
        low = hash[1];
        return this;
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }
}
