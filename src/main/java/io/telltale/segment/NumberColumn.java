package io.telltale.segment;

import java.util.Arrays;

/**
 * A column of finite doubles, each restored bit for bit: as decimals, which are integers over a power of ten, with
 * exceptions; or as bit patterns without the zeros that all of them end with.
 */
final class NumberColumn {

    /**
     * Powers of ten that a double holds exactly. A quotient of exact numbers is rounded once, as a decimal literal is.
     */
    static final double[] POWERS = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
    };

    /** The form of bit patterns; the low six bits are the number of zeros that were left out. */
    static final int BITS = 0x80;

    private static final int MAX_BITS_FORM = BITS | (Long.SIZE - 1);

    private final boolean isDecimal;
    private final int shift;
    private final double power;
    private final int[] exceptionIndexes;
    private final long[] exceptions;
    private final IntegerColumn integers;

    /** @param size how many numbers it has, at least 1 */
    NumberColumn(ByteSource source, int size) {
        int form = source.readByte();
        this.isDecimal = form < POWERS.length;
        if (!isDecimal && (form < BITS || form > MAX_BITS_FORM)) {
            throw new MalformedException("a column of numbers has the unknown form %d".formatted(form));
        }
        this.power = isDecimal ? POWERS[form] : 1;
        this.shift = isDecimal ? 0 : form & ~BITS;
        int count = isDecimal ? source.readCount(size) : 0;
        source.require((long) count * (1 + Long.BYTES));
        this.exceptionIndexes = new int[count];
        this.exceptions = new long[count];
        int index = -1;
        for (int i = 0; i < count; i++) {
            int left = size - 1 - index;
            if (left == 0) {
                throw new MalformedException("an exception is beyond its column");
            }
            index += 1 + source.readCount(left - 1);
            exceptionIndexes[i] = index;
            exceptions[i] = source.readLong();
        }
        this.integers = new IntegerColumn(source, size);
    }

    /**
     * Decodes the numbers from {@code from} to {@code to}, exclusive, to the start of {@code target}.
     *
     * @param scratch two arrays of at least a chunk
     */
    void decode(int from, int to, double[] target, long[][] scratch) {
        int count = to - from;
        if (count == 0) {
            return;
        }
        long[] decoded = scratch[0];
        if (from % IntegerColumn.CHUNK == 0 && count <= IntegerColumn.CHUNK) {
            integers.decodeChunk(from / IntegerColumn.CHUNK, decoded);
        } else {
            integers.decode(from, to, decoded, scratch[1]);
        }
        if (!isDecimal) {
            for (int i = 0; i < count; i++) {
                target[i] = finite(decoded[i] << shift);
            }
        } else if (power == 1) {
            for (int i = 0; i < count; i++) {
                target[i] = decoded[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                target[i] = decoded[i] / power;
            }
        }
        if (exceptions.length > 0) {
            int found = Arrays.binarySearch(exceptionIndexes, from);
            for (int i = found < 0 ? -found - 1 : found; i < exceptions.length && exceptionIndexes[i] < to; i++) {
                target[exceptionIndexes[i] - from] = finite(exceptions[i]);
            }
        }
    }

    private static double finite(long bits) {
        double number = Double.longBitsToDouble(bits);
        if (!Double.isFinite(number)) {
            throw new MalformedException("a number is not finite");
        }
        return number;
    }
}
