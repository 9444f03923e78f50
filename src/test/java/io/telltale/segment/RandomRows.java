package io.telltale.segment;

import io.telltale.sensors.Reading;
import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/** Random readings, of ordinary series as well as of everything that the types permit. */
final class RandomRows {

    private static final double[] SPECIAL = {
        -0.0,
        0.0,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        Double.MIN_NORMAL,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        0x1p53,
        0x1p53 + 2,
        0x1p63,
        1e15,
        1e-15,
        0.1 + 0.2,
        1 / 3.0
    };

    private final Random random;

    RandomRows(Random random) {
        this.random = random;
    }

    /** Rows of up to {@code maxSensors} sensors, in order. */
    List<Row> rows(int maxSensors, int maxReadings) {
        TreeSet<Long> sensors = new TreeSet<>();
        for (int i = random.nextInt(maxSensors + 1); i > 0; i--) {
            sensors.add(random.nextInt(8) == 0 ? random.nextInt(3) - 1L : random.nextLong());
        }
        List<Row> rows = new ArrayList<>();
        for (long sensor : sensors) {
            int count = 1 + (random.nextBoolean() ? random.nextInt(4) : random.nextInt(maxReadings));
            rows.addAll(rowsOf(sensor, count));
        }
        return rows;
    }

    List<Row> rowsOf(long sensor, int count) {
        List<Row> rows = new ArrayList<>();
        long step = 1 + (long) Math.pow(10, random.nextInt(7));
        long time = random.nextInt(10) == 0
                ? Reading.MIN_TIMESTAMP_MILLIS
                : random.nextLong(Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS - 100L * count * step);
        long record = random.nextInt(10) == 0 ? random.nextLong() : time + 10;
        long offset = random.nextLong(1L << 47);
        int kinds = 1 + random.nextInt(15);
        int style = random.nextInt(6);
        int noise = 1 + random.nextInt(200);
        boolean isPlain = random.nextBoolean();
        double level = 20;
        for (int i = 0; i < count; i++) {
            time += isPlain ? step : 1 + random.nextLong(random.nextInt(50) == 0 ? 100 * step : step);
            record = isPlain || random.nextInt(100) > 0 ? record + step + random.nextInt(noise) : random.nextLong();
            offset = random.nextInt(100) > 0 ? offset + random.nextInt(noise) : random.nextLong(1L << 48);
            offset = Math.min(offset, (1L << 48) - 1);
            level += random.nextInt(3) - 1;
            long partition = isPlain || random.nextInt(50) > 0 ? 7 : random.nextInt(1 << 16);
            int epoch = isPlain || random.nextInt(50) > 0 ? 1 : random.nextInt(256);
            long expiry = Math.floorDiv(time, 1_000L) + (isPlain || random.nextBoolean() ? 86_400 : 1 + i);
            rows.add(new Row(
                    sensor,
                    time,
                    value(kinds, style, level),
                    record,
                    partition << 48 | offset,
                    epoch,
                    style % 2 == 0 ? SegmentReading.NEVER : expiry));
        }
        return rows;
    }

    /** @param kinds a set of bits: numbers, false, true, texts */
    private Value value(int kinds, int style, double level) {
        int kind = random.nextInt(4);
        while ((kinds >> kind & 1) == 0) {
            kind = (kind + 1) % 4;
        }
        return switch (kind) {
            case 0 -> new Value.Numeric(number(style, level));
            case 1 -> Value.Flag.FALSE;
            case 2 -> Value.Flag.TRUE;
            default -> new Value.Text(text());
        };
    }

    private double number(int style, double level) {
        return switch (style) {
            case 0 -> level / 10;
            case 1 ->
                random.nextInt(20) > 0 ? Math.round(level * 997) / 1_000.0 : SPECIAL[random.nextInt(SPECIAL.length)];
            case 2 -> (float) (level + random.nextGaussian());
            case 3 -> level + random.nextGaussian();
            case 4 -> finite();
            default -> SPECIAL[random.nextInt(SPECIAL.length)];
        };
    }

    private double finite() {
        double number = Double.longBitsToDouble(random.nextLong());
        return Double.isFinite(number) ? number : -0.0;
    }

    private String text() {
        return switch (random.nextInt(20)) {
            case 0 -> "";
            case 1 -> "\ud83d\ude00".repeat(random.nextInt(30));
            case 2 -> "ü".repeat(1_024);
            case 3 -> String.valueOf(random.nextInt());
            default -> random.nextBoolean() ? "open" : "closed";
        };
    }
}
