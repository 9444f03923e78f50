package io.telltale.segment;

import java.util.Arrays;

/**
 * A column of 64-bit integers. Each is predicted from its place or its predecessor. What the prediction leaves is
 * stored in a frame of reference: as its distance to a base, in as many bits as most distances need. The others are
 * patches.
 *
 * <p>A column is decoded in chunks of {@value #CHUNK}. Where a number is predicted from its predecessor, the first
 * number of each chunk is stored whole, so that a chunk is decoded without the chunks before it.
 */
final class IntegerColumn {

    static final int CHUNK = 256;

    // The predictors. All arithmetic is modulo 2^64.

    /** Nothing is predicted. */
    static final int PLAIN = 0;

    /** The predecessor; the rest is the difference. */
    static final int DELTA = 1;

    /** A straight line: the index times a slope in 1/65,536. */
    static final int SLOPE = 2;

    /** The predecessor; the rest is the exclusive or. */
    static final int XOR = 3;

    // Flags of the form.

    static final int PATCHED = 4;

    /** The distances to the base are multiples of a unit, such as 1,000 for times in whole seconds. */
    static final int SCALED = 8;

    static final int SLOPE_SHIFT = 16;

    /** Up to this width a number lies within the eight bytes from its first bit's byte on. */
    private static final int MAX_ONE_LOAD_WIDTH = 57;

    private static final int[] NO_INDEXES = {};
    private static final long[] NO_NUMBERS = {};

    private final byte[] bytes;
    private final int size;
    private final int predictor;
    private final int width;
    private final long base;
    private final long unit;
    private final long slope;
    private final long[] restarts;
    private final int[] patchIndexes;
    private final long[] patches;
    private final int packedAt;

    /**
     * Reads the parameters of a column, and skips its numbers.
     *
     * @param size how many numbers it has, at least 1
     */
    IntegerColumn(ByteSource source, int size) {
        this.bytes = source.array();
        this.size = size;
        int form = source.readByte();
        if (form > (XOR | PATCHED | SCALED)) {
            throw new MalformedException("a column has the unknown form %d".formatted(form));
        }
        this.predictor = form & 3;
        this.width = source.readByte();
        if (width > Long.SIZE) {
            throw new MalformedException("a column has a width of %d bits".formatted(width));
        }
        this.base = source.readZigzag();
        this.unit = (form & SCALED) == 0 ? 1 : source.readVarint();
        this.slope = predictor == SLOPE ? source.readZigzag() : 0;
        this.restarts = isChained() ? readRestarts(source) : NO_NUMBERS;
        if ((form & PATCHED) == 0) {
            this.patchIndexes = NO_INDEXES;
            this.patches = NO_NUMBERS;
        } else {
            int count = source.readCount(size);
            source.require(2L * count);
            this.patchIndexes = new int[count];
            this.patches = new long[count];
            readPatches(source);
        }
        this.packedAt = source.skip(((long) size * width + 7) >>> 3);
    }

    private long[] readRestarts(ByteSource source) {
        int chunks = (size - 1) / CHUNK + 1;
        source.require(chunks);
        long[] read = new long[chunks];
        long number = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            number += source.readZigzag();
            read[chunk] = number;
        }
        return read;
    }

    private void readPatches(ByteSource source) {
        int index = -1;
        for (int i = 0; i < patches.length; i++) {
            int left = size - 1 - index;
            if (left == 0) {
                throw new MalformedException("a patch is beyond its column");
            }
            index += 1 + source.readCount(left - 1);
            patchIndexes[i] = index;
            patches[i] = source.readZigzag();
        }
    }

    private boolean isChained() {
        return predictor == DELTA || predictor == XOR;
    }

    /** Whether all numbers are equal to {@link #base}, by the parameters alone. */
    boolean isConstant() {
        return predictor == PLAIN && width == 0 && patches.length == 0;
    }

    /** The least number of a plain column without patches. */
    long base() {
        return base;
    }

    /** Decodes the numbers of one chunk to the start of {@code target}. */
    void decodeChunk(int chunk, long[] target) {
        int from = chunk * CHUNK;
        int count = Math.min(CHUNK, size - from);
        unpack(from, count, target);
        patch(from, count, target);
        if (isChained()) {
            long number = restarts[chunk];
            target[0] = number;
            if (predictor == DELTA) {
                for (int i = 1; i < count; i++) {
                    number += target[i];
                    target[i] = number;
                }
            } else {
                for (int i = 1; i < count; i++) {
                    number ^= target[i];
                    target[i] = number;
                }
            }
        } else if (predictor == SLOPE) {
            for (int i = 0; i < count; i++) {
                target[i] += ((from + i) * slope) >> SLOPE_SHIFT;
            }
        }
    }

    /** Decodes the numbers from {@code from} to {@code to}, exclusive, of any chunks. */
    void decode(int from, int to, long[] target, long[] scratch) {
        int done = from;
        while (done < to) {
            int chunk = done / CHUNK;
            decodeChunk(chunk, scratch);
            int end = Math.min(to, (chunk + 1) * CHUNK);
            System.arraycopy(scratch, done - chunk * CHUNK, target, done - from, end - done);
            done = end;
        }
    }

    /** The first number of a chunk: the sparse index within a block. */
    long firstOf(int chunk, long[] scratch) {
        if (isChained()) {
            return restarts[chunk];
        }
        int index = chunk * CHUNK;
        unpack(index, 1, scratch);
        patch(index, 1, scratch);
        return scratch[0] + (predictor == SLOPE ? (index * slope) >> SLOPE_SHIFT : 0);
    }

    private void patch(int from, int count, long[] target) {
        if (patches.length == 0) {
            return;
        }
        int found = Arrays.binarySearch(patchIndexes, from);
        for (int i = found < 0 ? -found - 1 : found; i < patches.length && patchIndexes[i] < from + count; i++) {
            target[patchIndexes[i] - from] = base + patches[i];
        }
    }

    private void unpack(int from, int count, long[] target) {
        if (width == 0) {
            Arrays.fill(target, 0, count, base);
            return;
        }
        long mask = -1L >>> (Long.SIZE - width);
        long bit = ((long) packedAt << 3) + (long) from * width;
        if (width <= MAX_ONE_LOAD_WIDTH) {
            // Of the last numbers the eight bytes may reach beyond the array.
            long lastLoad = ((long) bytes.length - Long.BYTES) << 3;
            int i = 0;
            for (; i < count && bit <= lastLoad; i++, bit += width) {
                target[i] = base + unit * (((long) ByteSink.LONG.get(bytes, (int) (bit >>> 3)) >>> (bit & 7)) & mask);
            }
            for (; i < count; i++, bit += width) {
                target[i] = base + unit * (bitsAt(bit) & mask);
            }
        } else {
            for (int i = 0; i < count; i++, bit += width) {
                target[i] = base + unit * (bitsAt(bit) & mask);
            }
        }
    }

    /** At least {@link #width} bits, byte by byte. */
    private long bitsAt(long bit) {
        int at = (int) (bit >>> 3);
        int shift = (int) (bit & 7);
        int needed = (shift + width + 7) >>> 3;
        long low = 0;
        for (int i = 0; i < Math.min(needed, Long.BYTES); i++) {
            low |= (bytes[at + i] & 0xffL) << (8 * i);
        }
        return needed <= Long.BYTES
                ? low >>> shift
                : low >>> shift | (bytes[at + Long.BYTES] & 0xffL) << (Long.SIZE - shift);
    }
}
