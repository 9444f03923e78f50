package io.telltale.store;

import io.telltale.sensors.ReadingsSummary;
import java.util.List;

/** A part of a range that may be summarized; parts come in order of time. */
public sealed interface RangePart {

    /** Readings in order of time. */
    record Readings(List<StoredReading> readings) implements RangePart {}

    /** Summaries, in order of time, of all readings between the first of their readings and the last. */
    record Summarized(List<ReadingsSummary> summaries) implements RangePart {}
}
