package io.telltale.segment;

import java.util.Arrays;

/** Chooses predictor, base and width of an {@link IntegerColumn} by their size, and writes it. Reused. */
final class IntegerColumnEncoder {

    private static final int SAMPLES = 15;

    /** A line has to save its slope; a shorter column does not show one. */
    private static final int MIN_SLOPE_SIZE = 8;

    private static final int BITS_PER_RESTART = 24;

    private final int[] histogram = new int[Long.SIZE + 1];
    private final long[] samples = new long[SAMPLES];
    private long[] best = new long[IntegerColumn.CHUNK];
    private long[] tried = new long[IntegerColumn.CHUNK];

    private int predictor;
    private long slope;
    private long reference;
    private int width;
    private long cost;

    /** Plans and writes a column. */
    void encode(long[] numbers, int size, ByteSink sink) {
        plan(numbers, size, false);
        write(numbers, size, sink);
    }

    /**
     * Chooses how to write the numbers.
     *
     * @param isBits whether the numbers are bit patterns, so that exclusive or is tried
     * @return the estimated length, in bits
     */
    long plan(long[] numbers, int size, boolean isBits) {
        if (best.length < size) {
            best = new long[size + size / 2];
            tried = new long[size + size / 2];
        }
        cost = Long.MAX_VALUE;
        System.arraycopy(numbers, 0, tried, 0, size);
        consider(IntegerColumn.PLAIN, size, 0);
        if (cost == 0) {
            return 0;
        }
        int chunks = (size - 1) / IntegerColumn.CHUNK + 1;
        long overhead = (long) chunks * BITS_PER_RESTART;
        for (int i = 1; i < size; i++) {
            tried[i] = numbers[i] - numbers[i - 1];
        }
        tried[0] = tried[1];
        consider(IntegerColumn.DELTA, size, overhead);
        if (cost > overhead && size >= MIN_SLOPE_SIZE) {
            long rise = numbers[size - 1] - numbers[0];
            slope = (rise << IntegerColumn.SLOPE_SHIFT) / (size - 1);
            for (int i = 0; i < size; i++) {
                tried[i] = numbers[i] - ((i * slope) >> IntegerColumn.SLOPE_SHIFT);
            }
            consider(IntegerColumn.SLOPE, size, BITS_PER_RESTART);
        }
        if (isBits) {
            for (int i = 1; i < size; i++) {
                tried[i] = numbers[i] ^ numbers[i - 1];
            }
            tried[0] = tried[1];
            consider(IntegerColumn.XOR, size, overhead);
        }
        return cost;
    }

    /** Keeps a predictor if what it leaves, in {@code tried}, takes fewer bits than the best so far. */
    private void consider(int candidate, int size, long overheadBits) {
        long median = sampledMedian(size);
        Arrays.fill(histogram, 0);
        for (int i = 0; i < size; i++) {
            long distance = tried[i] - median;
            histogram[Long.SIZE - Long.numberOfLeadingZeros((distance << 1) ^ (distance >> 63))]++;
        }
        long patchBits = 0;
        long least = Long.MAX_VALUE;
        int leastWidth = Long.SIZE;
        for (int bits = Long.SIZE; bits >= 0; bits--) {
            long total = (long) size * bits + patchBits;
            if (total < least) {
                least = total;
                leastWidth = bits;
            }
            patchBits += histogram[bits] * bitsOfPatch(bits);
        }
        if (least + overheadBits < cost) {
            cost = least + overheadBits;
            predictor = candidate;
            reference = median;
            width = leastWidth;
            long[] previous = best;
            best = tried;
            tried = previous;
        }
    }

    /** One byte for the index, and a varint. */
    private static long bitsOfPatch(int bits) {
        return 8 + 8L * ((bits + 6) / 7);
    }

    /** A number in the middle of most, so that outliers of both sides become patches. */
    private long sampledMedian(int size) {
        if (size <= SAMPLES) {
            System.arraycopy(tried, 0, samples, 0, size);
            Arrays.sort(samples, 0, size);
            return samples[size / 2];
        }
        for (int i = 0; i < SAMPLES; i++) {
            samples[i] = tried[(int) ((long) i * (size - 1) / (SAMPLES - 1))];
        }
        Arrays.sort(samples);
        return samples[SAMPLES / 2];
    }

    /** Writes the numbers as {@link #plan} has chosen. */
    void write(long[] numbers, int size, ByteSink sink) {
        long base = Long.MAX_VALUE;
        long greatest = Long.MIN_VALUE;
        for (int i = 0; i < size; i++) {
            long distance = best[i] - reference;
            // Compared as distances, because the numbers themselves may wrap.
            if (fits((distance << 1) ^ (distance >> 63), width)) {
                base = Math.min(base, distance);
                greatest = Math.max(greatest, distance);
            }
        }
        base += reference;
        int bits = Long.SIZE - Long.numberOfLeadingZeros(greatest + reference - base);
        int patches = 0;
        long greatestPacked = 0;
        for (int i = 0; i < size; i++) {
            best[i] -= base;
            if (fits(best[i], bits)) {
                greatestPacked = Math.max(greatestPacked, best[i]);
            } else {
                patches++;
            }
        }
        long unit = commonUnit(size, bits);
        int packedBits = unit == 1 ? bits : Long.SIZE - Long.numberOfLeadingZeros(greatestPacked / unit);
        sink.putByte(predictor | (patches == 0 ? 0 : IntegerColumn.PATCHED) | (unit == 1 ? 0 : IntegerColumn.SCALED));
        sink.putByte(packedBits);
        sink.putZigzag(base);
        if (unit != 1) {
            sink.putVarint(unit);
        }
        if (predictor == IntegerColumn.SLOPE) {
            sink.putZigzag(slope);
        } else if (predictor != IntegerColumn.PLAIN) {
            long before = 0;
            for (int i = 0; i < size; i += IntegerColumn.CHUNK) {
                sink.putZigzag(numbers[i] - before);
                before = numbers[i];
            }
        }
        if (patches > 0) {
            writePatches(size, bits, patches, sink);
        }
        if (unit != 1) {
            for (int i = 0; i < size; i++) {
                best[i] /= unit;
            }
        }
        if (packedBits > 0) {
            sink.putPacked(best, size, packedBits);
        }
    }

    /** The greatest common divisor of all distances that fit; 1 if it would not save bits. */
    private long commonUnit(int size, int bits) {
        if (bits < 2 || bits >= Long.SIZE - 1 || predictor == IntegerColumn.XOR) {
            return 1;
        }
        long unit = 0;
        for (int i = 0; i < size && unit != 1; i++) {
            if (fits(best[i], bits)) {
                unit = greatestCommonDivisor(best[i], unit);
            }
        }
        return unit;
    }

    private static long greatestCommonDivisor(long one, long other) {
        long greater = one;
        long divisor = other;
        while (divisor != 0) {
            long rest = greater % divisor;
            greater = divisor;
            divisor = rest;
        }
        return greater;
    }

    /** Writes the numbers that do not fit, and puts zeros in their place. */
    private void writePatches(int size, int bits, int patches, ByteSink sink) {
        sink.putVarint(patches);
        int next = 0;
        for (int i = 0; i < size; i++) {
            if (!fits(best[i], bits)) {
                sink.putVarint(i - next);
                sink.putZigzag(best[i]);
                best[i] = 0;
                next = i + 1;
            }
        }
    }

    private static boolean fits(long number, int bits) {
        return bits == Long.SIZE || number >>> bits == 0;
    }
}
