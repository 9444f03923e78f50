package io.telltale.store;

import java.util.Arrays;

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
final class FingerprintMemory {

    /** Says that something is not remembered. */
    static final int NOWHERE = -1;

    private static final int WAYS = 8;
    private static final int FINGERPRINT_LONGS = 2;
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
    FingerprintMemory(int maxEntries, int ownLongs) {
        this.entryLongs = FINGERPRINT_LONGS + ownLongs;
        this.maxEntries = Math.max(FIRST_ENTRIES, Integer.highestOneBit(Math.max(1, maxEntries - 1)) << 1);
        this.entries = new long[FIRST_ENTRIES * entryLongs];
        this.setMask = FIRST_ENTRIES / WAYS - 1;
    }

    /** Where the longs of a thing begin, until the next {@link #add}; or {@link #NOWHERE}. */
    int find(long high, long low) {
        int at = findIn(setOf(high), high, low);
        return at == NOWHERE ? findIn(setOf(low), high, low) : at;
    }

    private int findIn(int set, long high, long low) {
        int from = set * WAYS * entryLongs;
        for (int at = from, end = from + WAYS * entryLongs; at < end; at += entryLongs) {
            if (entries[at] == high && entries[at + 1] == low) {
                return at + FINGERPRINT_LONGS;
            }
        }
        return NOWHERE;
    }

    /** Remembers a thing that is not remembered yet; where its longs begin. They are 0. */
    int add(long high, long low) {
        boolean isCrowded = size >= capacity() / 8 * 7 || (isFull(setOf(high)) && isFull(setOf(low)));
        if (isCrowded && capacity() < maxEntries) {
            grow();
        }
        return insert(high, low);
    }

    long get(int at) {
        return entries[at];
    }

    void set(int at, long value) {
        entries[at] = value;
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
        int from = set * WAYS * entryLongs;
        System.arraycopy(entries, from, entries, from + entryLongs, way * entryLongs);
        Arrays.fill(entries, from, from + entryLongs, 0);
        entries[from] = high;
        entries[from + 1] = low;
        return from + FINGERPRINT_LONGS;
    }

    /** Copies an entry to the other of its sets, if there is room. */
    private boolean moveAway(int set, int way) {
        int at = (set * WAYS + way) * entryLongs;
        long high = entries[at];
        long low = entries[at + 1];
        int other = setOf(high) == set ? setOf(low) : setOf(high);
        if (isFull(other)) {
            return false;
        }
        int to = putFirst(other, WAYS - 1, high, low);
        System.arraycopy(entries, at + FINGERPRINT_LONGS, entries, to, entryLongs - FINGERPRINT_LONGS);
        return true;
    }

    private boolean isFull(int set) {
        return !isFree(((set + 1) * WAYS - 1) * entryLongs);
    }

    private int countIn(int set) {
        int from = set * WAYS * entryLongs;
        int count = 0;
        while (count < WAYS && !isFree(from + count * entryLongs)) {
            count++;
        }
        return count;
    }

    /** No fingerprint is all zero in practice; one that is would be forgotten at once, which costs a look-up. */
    private boolean isFree(int at) {
        return entries[at] == 0 && entries[at + 1] == 0;
    }

    private int setOf(long half) {
        return (int) (half ^ (half >>> 32)) & setMask;
    }

    private int capacity() {
        return (setMask + 1) * WAYS;
    }

    private void grow() {
        long[] before = entries;
        entries = new long[before.length * 2];
        setMask = setMask * 2 + 1;
        size = 0;
        // Backwards, so that the older of a set comes before the newer.
        for (int at = before.length - entryLongs; at >= 0; at -= entryLongs) {
            if (before[at] != 0 || before[at + 1] != 0) {
                int to = insert(before[at], before[at + 1]);
                System.arraycopy(before, at + FINGERPRINT_LONGS, entries, to, entryLongs - FINGERPRINT_LONGS);
            }
        }
    }
}
