package io.telltale.segment;

import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Series for figures of size and speed: one reading per second by a steady clock, one in 200 missing. A record
 * follows after 3 to 10 ms, one in 100 after up to 200 ms. Its partition receives 1,250 records per second.
 */
public enum SegmentSeries {
    /** A random walk in steps of 0.1 degrees. */
    TEMPERATURE {
        @Override
        Value value(Random random, int index, double[] state) {
            state[0] += random.nextInt(5) == 0 ? (random.nextBoolean() ? 1 : -1) : 0;
            return new Value.Numeric((200 + state[0]) / 10);
        }
    },
    /** Noise of 0.05 W around 1,500 W in steps of 0.01 W. */
    POWER {
        @Override
        Value value(Random random, int index, double[] state) {
            return new Value.Numeric(Math.rint(150_000 + 5 * random.nextGaussian()) / 100);
        }
    },
    CONSTANT {
        @Override
        Value value(Random random, int index, double[] state) {
            return new Value.Numeric(21.5);
        }
    },
    /** Doubles with all their digits. */
    FULL_DOUBLES {
        @Override
        Value value(Random random, int index, double[] state) {
            return new Value.Numeric(20 + 10 * Math.sin(index / 100.0) + random.nextGaussian());
        }
    },
    BOOLEANS {
        @Override
        Value value(Random random, int index, double[] state) {
            state[0] = random.nextInt(60) == 0 ? 1 - state[0] : state[0];
            return Value.Flag.of(state[0] != 0);
        }
    },
    DOOR {
        @Override
        Value value(Random random, int index, double[] state) {
            state[0] = random.nextInt(60) == 0 ? 1 - state[0] : state[0];
            return new Value.Text(state[0] == 0 ? "closed" : "open");
        }
    };

    private static final long START_MILLIS = 1_769_860_800_123L;

    abstract Value value(Random random, int index, double[] state);

    /** Readings of one sensor. */
    public List<Row> rows(long seed, int count) {
        Random random = new Random(seed);
        double[] state = new double[1];
        List<Row> rows = new ArrayList<>();
        for (int second = 0; rows.size() < count; second++) {
            if (random.nextInt(200) == 0) {
                continue;
            }
            long time = START_MILLIS + 1_000L * second;
            long delay = random.nextInt(100) == 0 ? random.nextInt(200) : 3 + random.nextInt(8);
            long offset = 81_000_000 + 1_250L * second + random.nextInt(16);
            rows.add(new Row(
                    seed,
                    time,
                    value(random, second, state),
                    time + delay,
                    5L << SegmentReading.OFFSET_BITS | offset,
                    1,
                    SegmentReading.NEVER));
        }
        return rows;
    }
}
