package io.telltale.packing;

import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The lease of what this replica packs or merges, renewed until that is done. Only saves work: to do it twice is
 * harmless.
 */
final class Lease {

    static final Duration DURATION = Duration.ofMinutes(10);
    private static final Duration RENEWED_AFTER = Duration.ofMinutes(3);

    private final BooleanSupplier request;
    private final Clock clock;
    private long requestedMillis;

    /** Another replica has taken the lease, because this one did not renew it in time. */
    static final class LostException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LostException() {
            super("another replica has taken the lease", null, false, false);
        }
    }

    /** @param request takes or renews the lease for {@link #DURATION}; false if another replica has it */
    Lease(BooleanSupplier request, Clock clock) {
        this.request = request;
        this.clock = clock;
    }

    /** Whether this replica has the lease now. */
    boolean take() {
        requestedMillis = clock.millis();
        return request.getAsBoolean();
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
