package io.telltale.store;

/**
 * Remembers a bounded number of things in one array of {@code long}s: no object is held for any of them, and none is made
 * to ask for one. A thing is known by a fingerprint of 128 bits, and may have a few {@code long}s of its own.
 *
 * <p>Two things with one fingerprint would be taken for each other. Of a million things asked for a billion others, the
 * chance that any two meet is 10<sup>15</sup> in 2<sup>128</sup>, about 3 × 10<sup>-24</sup>: the memory of the machine
 * is wrong more often.
 *
 * <p>A fingerprint names two sets of eight places; a new one goes to the emptier. When both are full one of the sixteen
 * moves to the other of its own two sets; where none can, the oldest of one set is forgotten. The array begins small and
 * doubles until it is as large as it may be. Callers keep it to one thread at a time.
 */
final class FingerprintCache {

    /** Says that something is not remembered. */
    static final int NOWHERE = -1;

    private static final int WAYS = 8;
    private static final int FINGERPRINT_LONGS = 2;

    /** A set lies together as rows of eight: first halves, second halves, own longs. The first row is one cache line. */
    private static final int LOW = WAYS;

    private static final int OWN = WAYS * FINGERPRINT_LONGS;
    private static final int FIRST_ENTRIES = 1_024;

    private final int entryLongs;
    private final int maxEntries;
    private long[] entries;
    private int setMask;
    private int size;
    private int forgotten;

    /**
     * @param maxEntries how many things to remember; rounded up to a power of two, at least 1,024
     * @param ownLongs how many {@code long}s each has of its own
     */
    FingerprintCache(int maxEntries, int ownLongs) {
        this.entryLongs = FINGERPRINT_LONGS + ownLongs;
        this.maxEntries = Math.max(FIRST_ENTRIES, Integer.highestOneBit(Math.max(1, maxEntries - 1)) << 1);
        this.entries = new long[FIRST_ENTRIES * entryLongs];
        this.setMask = FIRST_ENTRIES / WAYS - 1;
    }

    /**
     * Where a thing stands, until the next {@link #add}; or {@link #NOWHERE}.
     *
     * <p>Looks at all places of both sets, and not only until it is found: where it stands nobody can guess, and a
     * processor that guesses wrong waits for memory each time, instead of for several things at once.
     */
    int find(long high, long low) {
        int one = firstOf(setOf(high));
        int other = firstOf(setOf(low));
        int inOne = waysOf(one, high);
        int inOther = waysOf(other, high);
        if ((inOne | inOther) == 0) {
            return NOWHERE;
        }
        int at = inOne == 0
                ? other + Integer.numberOfTrailingZeros(inOther)
                : one + Integer.numberOfTrailingZeros(inOne);
        return entries[at + LOW] == low ? at : findAmongLike(one, other, high, low);
    }

    /** The places of a set with this first half, a bit for each. */
    private int waysOf(int first, long high) {
        int ways = 0;
        for (int way = 0; way < WAYS; way++) {
            ways |= entries[first + way] == high ? 1 << way : 0;
        }
        return ways;
    }

    /** Where another has the same first half; which happens to nobody. */
    private int findAmongLike(int one, int other, long high, long low) {
        for (int way = 0; way < WAYS; way++) {
            for (int at : new int[] {one + way, other + way}) {
                if (entries[at] == high && entries[at + LOW] == low) {
                    return at;
                }
            }
        }
        return NOWHERE;
    }

    /** Remembers a thing that is not remembered yet; where it stands. Its own longs are 0. */
    int add(long high, long low) {
        boolean isCrowded = size >= capacity() / 8 * 7 || (isFull(setOf(high)) && isFull(setOf(low)));
        if (isCrowded && capacity() < maxEntries) {
            grow();
        }
        return insert(high, low);
    }

    /** One of a thing's own longs. */
    long get(int at, int own) {
        return entries[at + OWN + own * WAYS];
    }

    void set(int at, int own, long value) {
        entries[at + OWN + own * WAYS] = value;
    }

    int size() {
        return size;
    }

    /** How much memory it takes now. */
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
            if (moveAway(one, way)) {
                return putFirst(one, way, high, low);
            }
            if (moveAway(other, way)) {
                return putFirst(other, way, high, low);
            }
        }
        size--;
        return putFirst((forgotten++ & 1) == 0 ? one : other, WAYS - 1, high, low);
    }

    /** The newest stands first in a set, and the last is the oldest. What stood at {@code way} is lost. */
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

    /** Copies an entry to the other of its sets, if there is room. */
    private boolean moveAway(int set, int way) {
        int at = firstOf(set) + way;
        long high = entries[at];
        long low = entries[at + LOW];
        int other = setOf(high) == set ? setOf(low) : setOf(high);
        if (isFull(other)) {
            return false;
        }
        copyOwn(entries, at, putFirst(other, WAYS - 1, high, low));
        return true;
    }

    private void copyOwn(long[] source, int from, int to) {
        for (int row = OWN; row < WAYS * entryLongs; row += WAYS) {
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

    /** No fingerprint is all zero in practice; one that is would be forgotten at once, which costs a look-up. */
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
            // Backwards, so that the older of a set comes before the newer.
            for (int at = firstOf(set) + WAYS - 1; at >= firstOf(set); at--) {
                if (before[at] != 0 || before[at + LOW] != 0) {
                    copyOwn(before, at, insert(before[at], before[at + LOW]));
                }
            }
        }
    }
}
