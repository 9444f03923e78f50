package io.telltale.store;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import org.jspecify.annotations.Nullable;

/**
 * Makes the fingerprints that a {@link FingerprintCache} knows things by: two independent hashes of 64 bits, komihash
 * with two seeds, over names one after another, each mixed with what came before.
 *
 * <p>They resist chance, not malice. Whoever makes up two ids with one fingerprint may send readings under the second
 * that is then not registered: his own loss. Used again for each thing, so each has one owner.
 */
final class Fingerprint {

    private static final Hasher64 HIGH = Hashing.komihash5_0(0x7e117a1eL);
    private static final Hasher64 LOW = Hashing.komihash5_0(0x5e1f0a7cL);

    private long high;
    private long low;

    Fingerprint begin() {
        high = 1;
        low = 2;
        return this;
    }

    /** Goes on from what another was once, so that its names need not be hashed again. */
    Fingerprint resume(long high, long low) {
        this.high = high;
        this.low = low;
        return this;
    }

    /** @param name null for a name that is not there, as if it were empty */
    Fingerprint name(@Nullable String name) {
        high = mixed(high, high(name));
        low = mixed(low, LOW.hashCharsToLong(name == null ? "" : name));
        return this;
    }

    /** One hash of 64 bits over two names, where that is enough. */
    static long half(@Nullable String one, @Nullable String other) {
        return mixed(high(one), high(other));
    }

    private static long high(@Nullable String name) {
        return HIGH.hashCharsToLong(name == null ? "" : name);
    }

    /** As if the names that another was made of came next. */
    Fingerprint and(Fingerprint other) {
        high = mixed(high, other.high);
        low = mixed(low, other.low);
        return this;
    }

    Fingerprint number(long number) {
        high = mixed(high, number);
        low = mixed(low, number);
        return this;
    }

    /** The finaliser of MurmurHash3, over a sum that is another for each order of the parts. */
    private static long mixed(long before, long part) {
        long h = before * 0x9e3779b97f4a7c15L + part;
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return h ^ (h >>> 33);
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }
}
