package io.telltale.sensors;

/**
 * What is known of some readings of one sensor without the readings themselves. Booleans are the numbers 0 and 1; texts
 * are readings to {@link #count()}, {@link #first()} and {@link #last()} only.
 */
public interface ReadingsSummary {

    /** The number of readings, at least 1. */
    long count();

    /** The reading with the least event time. */
    TimedValue first();

    /** The reading with the greatest event time. */
    TimedValue last();

    /** How many numbers and booleans there are. */
    long numberCount();

    /** Whether the numbers are summarized: false without numbers, and if one is so large that squares may overflow. */
    boolean hasStatistics();

    double min();

    double max();

    /** The sum of the numbers, rounded; {@link #lost()} is what is missing. */
    double sum();

    /** What the rounding of {@link #sum()} lost: Neumaier's compensation. */
    double lost();

    /** The sum of the squared distances to the mean, which is the sum and what it lost, divided by their number. */
    double squares();

    /** Whether all numbers are known: there are few different ones. */
    boolean hasAllNumbers();

    /** How many different numbers there are; 0 if they are not known. */
    int differentNumbers();

    /** A different number; they ascend. */
    double number(int index);

    /** How often a different number occurs. */
    long occurrences(int index);
}
