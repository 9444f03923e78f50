package io.telltale.settings;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/** A clock whose time comes from a test. */
public final class SuppliedClock extends Clock {

    private final LongSupplier millis;

    /** @param millis the time in milliseconds since the epoch, asked for each time */
    public SuppliedClock(LongSupplier millis) {
        this.millis = millis;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis.getAsLong());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
