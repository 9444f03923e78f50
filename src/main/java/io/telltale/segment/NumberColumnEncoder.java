package io.telltale.segment;

/** Chooses the form of a {@link NumberColumn} by its size, and writes it. Reused. */
final class NumberColumnEncoder {

    private static final int SAMPLES = 32;

    /** Integers up to here are exact in a double, and so are their products with a smaller power of ten. */
    private static final double MAX_EXACT = 0x1p53;

    /** Decimals that take fewer bits than this each are not compared with bit patterns, which always take more. */
    private static final int CHEAP_BITS = 16;

    private static final int EXCEPTION_BITS = 80;
    private static final int NONE = -1;

    private final IntegerColumnEncoder decimalEncoder = new IntegerColumnEncoder();
    private final IntegerColumnEncoder bitsEncoder = new IntegerColumnEncoder();
    private long[] decimals = new long[IntegerColumn.CHUNK];
    private long[] bits = new long[IntegerColumn.CHUNK];
    private int[] exceptions = new int[IntegerColumn.CHUNK];
    private int exceptionCount;

    /** Writes {@code size} finite numbers, at least 1. */
    void encode(double[] numbers, int size, ByteSink sink) {
        if (decimals.length < size) {
            decimals = new long[size + size / 2];
            bits = new long[size + size / 2];
            exceptions = new int[size + size / 2];
        }
        int exponent = toDecimals(numbers, size);
        long decimalCost = exponent == NONE
                ? Long.MAX_VALUE
                : decimalEncoder.plan(decimals, size, false) + (long) exceptionCount * EXCEPTION_BITS;
        if (decimalCost > (long) CHEAP_BITS * size) {
            int shift = toBits(numbers, size);
            if (bitsEncoder.plan(bits, size, true) < decimalCost) {
                sink.putByte(NumberColumn.BITS | shift);
                bitsEncoder.write(bits, size, sink);
                return;
            }
        }
        sink.putByte(exponent);
        sink.putVarint(exceptionCount);
        int next = 0;
        for (int i = 0; i < exceptionCount; i++) {
            sink.putVarint(exceptions[i] - next);
            sink.putLong(Double.doubleToRawLongBits(numbers[exceptions[i]]));
            next = exceptions[i] + 1;
        }
        decimalEncoder.write(decimals, size, sink);
    }

    /** Fills {@code bits}, and returns how many zeros all bit patterns end with, at most 63. */
    private int toBits(double[] numbers, int size) {
        long any = 0;
        for (int i = 0; i < size; i++) {
            bits[i] = Double.doubleToRawLongBits(numbers[i]);
            any |= bits[i];
        }
        int shift = Math.min(Long.SIZE - 1, Long.numberOfTrailingZeros(any));
        for (int i = 0; i < size; i++) {
            bits[i] >>>= shift;
        }
        return shift;
    }

    /**
     * Fills {@code decimals} and {@code exceptions}. Returns the exponent, or {@link #NONE} for too many exceptions.
     */
    private int toDecimals(double[] numbers, int size) {
        int exponent = sampledExponent(numbers, size);
        int maxExceptions = size / 4;
        exceptionCount = 0;
        for (int i = 0; exponent != NONE && i < size; i++) {
            double number = numbers[i];
            double scaled = Math.rint(number * NumberColumn.POWERS[exponent]);
            if (isExact(number, scaled, exponent)) {
                decimals[i] = (long) scaled;
                continue;
            }
            int greater = exponentOf(number, exponent + 1);
            if (greater != NONE && exceptionCount == 0) {
                // The numbers before stay exact unless they are very large; then they become exceptions.
                exponent = greater;
                i = -1;
            } else if (exceptionCount >= maxExceptions) {
                exponent = NONE;
            } else {
                exceptions[exceptionCount++] = i;
                decimals[i] = i == 0 ? 0 : decimals[i - 1];
            }
        }
        return exponent;
    }

    /** The exponent that suffices for the numbers at some places, or {@link #NONE} if half of them are no decimals. */
    private static int sampledExponent(double[] numbers, int size) {
        int samples = Math.min(SAMPLES, size);
        int exponent = 0;
        int failed = 0;
        for (int i = 0; i < samples; i++) {
            int needed = exponentOf(numbers[(int) ((long) i * size / samples)], exponent);
            if (needed == NONE) {
                failed++;
            } else {
                exponent = needed;
            }
        }
        return 2 * failed > samples ? NONE : exponent;
    }

    /** The least exponent, from {@code least} on, by which the number is an exact decimal. */
    private static int exponentOf(double number, int least) {
        for (int exponent = least; exponent < NumberColumn.POWERS.length; exponent++) {
            double scaled = Math.rint(number * NumberColumn.POWERS[exponent]);
            if (Math.abs(scaled) > MAX_EXACT) {
                return NONE;
            }
            if (isExact(number, scaled, exponent)) {
                return exponent;
            }
        }
        return NONE;
    }

    /** Whether the decoder restores the number bit for bit. Of negative zero it does not: it is an exception. */
    private static boolean isExact(double number, double scaled, int exponent) {
        return Math.abs(scaled) <= MAX_EXACT
                && Double.doubleToRawLongBits((long) scaled / NumberColumn.POWERS[exponent])
                        == Double.doubleToRawLongBits(number);
    }
}
