package io.telltale.store;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import org.jspecify.annotations.Nullable;

/**
 * Computes the 128-bit keys of a {@link FingerprintCache}: two independent 64-bit hashes, komihash with two seeds,
 * over a sequence of names, each mixed with the hash of those before.
 *
 * <p>It does not resist deliberate collisions. A client that constructs two ids with one fingerprint harms only its
 * own data: the second sensor is not registered. {@link FreshSegment} places stored readings by it, so it must not
 * change. Mutable and reused for each key, so not thread-safe.
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

    /** Continues from an earlier state, so that its names need not be hashed again. */
    Fingerprint resume(long high, long low) {
        this.high = high;
        this.low = low;
        return this;
    }

    /** @param name null counts as empty */
    Fingerprint name(@Nullable String name) {
        high = mixed(high, high(name));
        low = mixed(low, LOW.hashCharsToLong(name == null ? "" : name));
        return this;
    }

    /** A single 64-bit hash over two names. */
    static long half(@Nullable String one, @Nullable String other) {
        return mixed(high(one), high(other));
    }

    private static long high(@Nullable String name) {
        return HIGH.hashCharsToLong(name == null ? "" : name);
    }

    /** Appends the state of another fingerprint. */
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

    /** The finalizer of MurmurHash3, over a sum that depends on the order of the parts. */
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
