package io.telltale.store;

/**
 * Caches a bounded number of keys in one array of {@code long}s. It creates no object for an entry or a lookup. A key
 * is a fingerprint of 128 bits, with a fixed number of {@code long} values.
 *
 * <p>Keys with the same fingerprint are confused. With a million entries and a billion lookups, the probability of
 * one collision is 10<sup>15</sup> in 2<sup>128</sup>, about 3 × 10<sup>-24</sup>, below that of a memory error.
 *
 * <p>A fingerprint selects two sets of eight ways; a new entry goes to the emptier set. When both are full, one of
 * the sixteen entries moves to its own other set; if none can, the oldest entry of one set is evicted. The array
 * starts small and doubles up to its maximum. Not thread-safe.
 */
final class FingerprintCache {

    /** The position of a key that is not cached. */
    static final int ABSENT = -1;

    private static final int WAYS = 8;
    private static final int FINGERPRINT_LONGS = 2;

    /** A set is contiguous, as rows of eight: first halves, second halves, values. The first row is one cache line. */
    private static final int LOW = WAYS;

    private static final int VALUES = WAYS * FINGERPRINT_LONGS;
    private static final int MIN_ENTRIES = 1_024;

    private final int entryLongs;
    private final int maxEntries;
    private long[] entries;
    private int setMask;
    private int size;
    private int evictions;

    /**
     * @param maxEntries how many entries to cache; rounded up to a power of two, at least 1,024
     * @param values how many {@code long} values each entry has
     */
    FingerprintCache(int maxEntries, int values) {
        this.entryLongs = FINGERPRINT_LONGS + values;
        this.maxEntries = Math.max(MIN_ENTRIES, Integer.highestOneBit(Math.max(1, maxEntries - 1)) << 1);
        this.entries = new long[MIN_ENTRIES * entryLongs];
        this.setMask = MIN_ENTRIES / WAYS - 1;
    }

    /**
     * The position of a key, valid until the next {@link #add}; or {@link #ABSENT}.
     *
     * <p>Compares all ways of both sets, instead of stopping at a match: the position of a match is unpredictable,
     * and each branch misprediction would keep the processor from overlapping the cache misses of several lookups.
     */
    int find(long high, long low) {
        int one = firstOf(setOf(high));
        int other = firstOf(setOf(low));
        int inOne = waysOf(one, high);
        int inOther = waysOf(other, high);
        if ((inOne | inOther) == 0) {
            return ABSENT;
        }
        int at = inOne == 0
                ? other + Integer.numberOfTrailingZeros(inOther)
                : one + Integer.numberOfTrailingZeros(inOne);
        return entries[at + LOW] == low ? at : findAmongEqualHalves(one, other, high, low);
    }

    /** The ways of a set that hold this first half, as a bit mask. */
    private int waysOf(int first, long high) {
        int ways = 0;
        for (int way = 0; way < WAYS; way++) {
            ways |= entries[first + way] == high ? 1 << way : 0;
        }
        return ways;
    }

    /** The slow path: several entries have the same first half, which practically never happens. */
    private int findAmongEqualHalves(int one, int other, long high, long low) {
        for (int way = 0; way < WAYS; way++) {
            for (int at : new int[] {one + way, other + way}) {
                if (entries[at] == high && entries[at + LOW] == low) {
                    return at;
                }
            }
        }
        return ABSENT;
    }

    /**
     * Adds a key that is not cached, with all values 0.
     *
     * @return its position
     */
    int add(long high, long low) {
        boolean isCrowded = size >= capacity() / 8 * 7 || (isFull(setOf(high)) && isFull(setOf(low)));
        if (isCrowded && capacity() < maxEntries) {
            grow();
        }
        return insert(high, low);
    }

    /** A value of the entry at a position. */
    long get(int at, int index) {
        return entries[at + VALUES + index * WAYS];
    }

    void set(int at, int index, long value) {
        entries[at + VALUES + index * WAYS] = value;
    }

    int size() {
        return size;
    }

    /** How much memory the array takes now. */
    long sizeBytes() {
        return (long) entries.length * Long.BYTES;
    }

    private int insert(long high, long low) {
        int one = setOf(high);
        int other = setOf(low);
        size++;
        int inOne = countIn(one);
        int inOther = countIn(other);
        if (inOne < WAYS || inOther < WAYS) {
            return putFirst(inOne <= inOther ? one : other, WAYS - 1, high, low);
        }
        for (int way = WAYS - 1; way >= 0; way--) {
            if (moveToOtherSet(one, way)) {
                return putFirst(one, way, high, low);
            }
            if (moveToOtherSet(other, way)) {
                return putFirst(other, way, high, low);
            }
        }
        size--;
        return putFirst((evictions++ & 1) == 0 ? one : other, WAYS - 1, high, low);
    }

    /** Entries of a set are ordered from newest to oldest. Overwrites the entry at {@code way}. */
    private int putFirst(int set, int way, long high, long low) {
        int first = firstOf(set);
        for (int row = first; row < first + WAYS * entryLongs; row += WAYS) {
            System.arraycopy(entries, row, entries, row + 1, way);
            entries[row] = 0;
        }
        entries[first] = high;
        entries[first + LOW] = low;
        return first;
    }

    /** Copies an entry to the other of its sets, unless that is full. */
    private boolean moveToOtherSet(int set, int way) {
        int at = firstOf(set) + way;
        long high = entries[at];
        long low = entries[at + LOW];
        int other = setOf(high) == set ? setOf(low) : setOf(high);
        if (isFull(other)) {
            return false;
        }
        copyValues(entries, at, putFirst(other, WAYS - 1, high, low));
        return true;
    }

    private void copyValues(long[] source, int from, int to) {
        for (int row = VALUES; row < WAYS * entryLongs; row += WAYS) {
            entries[to + row] = source[from + row];
        }
    }

    private boolean isFull(int set) {
        return !isFree(firstOf(set) + WAYS - 1);
    }

    private int countIn(int set) {
        int first = firstOf(set);
        int count = 0;
        while (count < WAYS && !isFree(first + count)) {
            count++;
        }
        return count;
    }

    /**
     * A fingerprint of zeros marks a free way. A key with that fingerprint is never found, which costs a lookup only.
     */
    private boolean isFree(int at) {
        return entries[at] == 0 && entries[at + LOW] == 0;
    }

    private int setOf(long half) {
        return (int) (half ^ (half >>> 32)) & setMask;
    }

    private int firstOf(int set) {
        return set * WAYS * entryLongs;
    }

    private int capacity() {
        return (setMask + 1) * WAYS;
    }

    private void grow() {
        long[] before = entries;
        int sets = setMask + 1;
        entries = new long[before.length * 2];
        setMask = setMask * 2 + 1;
        size = 0;
        for (int set = 0; set < sets; set++) {
            // Backwards: inserts the older entries of a set before the newer ones.
            for (int at = firstOf(set) + WAYS - 1; at >= firstOf(set); at--) {
                if (before[at] != 0 || before[at + LOW] != 0) {
                    copyValues(before, at, insert(before[at], before[at + LOW]));
                }
            }
        }
    }
}
