package io.telltale.simulate;

/**
 * How many times faster than real a replay goes: 1 is real time, 86,400 a day per second.
 *
 * @param factor above 0; infinite is as fast as Kafka takes it
 */
public record Speed(double factor) {

    public static final Speed MAX = new Speed(Double.POSITIVE_INFINITY);

    public Speed {
        if (!(factor > 0)) {
            throw new IllegalArgumentException("speed is %s; expected a number above 0, or max".formatted(factor));
        }
    }

    /** Reads {@code max}, or a number. */
    public static Speed parse(String text) {
        return text.equals("max") ? MAX : new Speed(Double.parseDouble(text));
    }

    /** How long a stretch of recorded time takes; 0 at full speed. */
    long nanosFor(long recordedMillis) {
        return (long) (recordedMillis * 1e6 / factor);
    }
}
