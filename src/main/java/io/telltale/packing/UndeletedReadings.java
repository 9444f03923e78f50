package io.telltale.packing;

import io.telltale.sensors.Reading;
import io.telltale.store.Deletions;
import io.telltale.store.PackableReading;
import io.telltale.store.Span;

/** Adds readings to packs of a span, at a limited rate, without deleted ones. */
final class UndeletedReadings {

    /** The readings between two waits for the pace. */
    private static final int STEP = 1_000;

    private final Span span;
    private final Deletions deletions;
    private final Pace pace;
    private final PackerWaits waits;
    private int unpaced;

    /** @param deletions that were known before the first reading was read */
    UndeletedReadings(Span span, Deletions deletions, Pace pace, PackerWaits waits) {
        this.span = span;
        this.deletions = deletions;
        this.pace = pace;
        this.waits = waits;
    }

    /**
     * Adds a reading, unless it is deleted. Then whatever it wins against is deleted, too, because that was recorded
     * earlier.
     */
    void add(NewPack pack, PackableReading reading) {
        unpaced++;
        if (unpaced == STEP) {
            waits.keep(pace, unpaced);
            unpaced = 0;
        }
        Reading one = new Reading(reading.sensorId(), span.type(), reading.timestampMillis(), reading.value());
        if (!deletions.cover(one, reading.recordTimeMillis())) {
            pack.add(reading);
        }
    }
}
