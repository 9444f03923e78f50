package io.telltale.post;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.telltale.api.CallerCredential;
import io.telltale.api.CallerLimiter;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * The memory budget of all POSTs of this replica, in bytes. A POST acquires the most that it can need before it reads
 * its body: none holds a part and waits for more, so there is no deadlock.
 */
@Startup
@Singleton
class PostMemoryBudget {

    /** The maximum number of POSTs that wait for memory. */
    static final int MAX_WAITING = 1_024;

    /** Of one caller, beside those of others. */
    static final int MAX_WAITING_PER_CALLER = 512;

    /** The largest POST needs less. */
    private static final long MIN_BYTES = 1L << 25;

    private static final long MAX_BYTES = 1L << 34;

    private final CallerLimiter limiter;
    private final long perCaller;

    @Inject
    PostMemoryBudget(PostConfig config, MeterRegistry registry) {
        this(
                Bounds.within("telltale.posts.held-bytes", config.heldBytes(), MIN_BYTES, MAX_BYTES),
                Bounds.within(
                        "telltale.posts.held-bytes-per-caller",
                        config.heldBytesPerCaller().orElse(Math.max(MIN_BYTES, config.heldBytes() / 2)),
                        MIN_BYTES,
                        MAX_BYTES));
        Gauge.builder("telltale.posts.bytes", this, PostMemoryBudget::acquired)
                .description("Bytes of the memory budget that POSTs have acquired")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.posts.waiting", this, PostMemoryBudget::waiting)
                .description("POSTs that wait for memory")
                .strongReference(true)
                .register(registry);
    }

    /**
     * @param total in bytes
     * @param perCaller the part of one caller
     */
    PostMemoryBudget(long total, long perCaller) {
        this.limiter = new CallerLimiter(total, MAX_WAITING, perCaller, MAX_WAITING_PER_CALLER);
        this.perCaller = perCaller;
    }

    /** A request of this many bytes; see {@link CallerLimiter#permit}. */
    CallerLimiter.Permit permit(CallerCredential caller, long bytes) {
        return limiter.permit(caller, bytes);
    }

    /** The part of one caller, in bytes. */
    long perCaller() {
        return perCaller;
    }

    /** Acquired bytes. */
    long acquired() {
        return limiter.acquired();
    }

    /** The number of waiting POSTs. */
    int waiting() {
        return limiter.waiting();
    }
}
