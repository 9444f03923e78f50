package io.telltale.sensors;

/** The value of one sensor at one instant. */
public interface TimedValue {

    /** When it was read, in milliseconds since the epoch; negative before 1970. */
    long timestampMillis();

    Value value();
}
