package io.telltale.packing;

import io.telltale.store.PackingTables;
import io.telltale.store.Span;
import java.time.Clock;
import java.time.Duration;

/**
 * The lease of a span that this replica packs, renewed until it is packed. Only saves work: two packs of a span are
 * harmless, but then rows are read.
 */
final class SpanLease {

    static final Duration DURATION = Duration.ofMinutes(10);
    private static final Duration RENEWED_AFTER = Duration.ofMinutes(3);

    private final PackingTables tables;
    private final PackerWaits waits;
    private final Clock clock;
    private final Span span;
    private long requestedMillis;

    /** Another replica has taken the lease, because this one did not renew it in time. */
    static final class LostException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LostException() {
            super("another replica has taken the lease", null, false, false);
        }
    }

    SpanLease(PackingTables tables, PackerWaits waits, Clock clock, Span span) {
        this.tables = tables;
        this.waits = waits;
        this.clock = clock;
        this.span = span;
    }

    /** Whether this replica has the lease now. */
    boolean take() {
        requestedMillis = clock.millis();
        return waits.get(tables.lease(span, DURATION));
    }

    /**
     * Renews the lease if it is time.
     *
     * @throws LostException if another replica has it
     */
    void keep() {
        long age = clock.millis() - requestedMillis;
        if ((age < 0 || age >= RENEWED_AFTER.toMillis()) && !take()) {
            throw new LostException();
        }
    }
}
