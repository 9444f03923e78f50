package io.telltale.simulate;

import java.util.SplittableRandom;

/**
 * Randomness as a function: the same seed and coordinates give the same number, in whatever order they are asked for.
 * So a reading can be made again instead of being remembered.
 */
final class Noise {

    private Noise() {}

    static long bits(long seed, long first, long second) {
        return mix(mix(mix(seed) + first) + second);
    }

    /** Uniform in [0, 1). */
    static double unit(long seed, long first, long second) {
        return (bits(seed, first, second) >>> 11) * 0x1p-53;
    }

    /** Uniform in [0, bound). */
    static int below(int bound, long seed, long first, long second) {
        return (int) Math.floorMod(bits(seed, first, second), (long) bound);
    }

    private static long mix(long state) {
        return new SplittableRandom(state).nextLong();
    }
}
