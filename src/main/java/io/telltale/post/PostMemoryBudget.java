package io.telltale.post;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.telltale.api.AsyncLimiter;
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

    private final AsyncLimiter limiter;

    @Inject
    PostMemoryBudget(PostConfig config, MeterRegistry registry) {
        this(Bounds.within("telltale.posts.held-bytes", config.heldBytes(), 1L << 25, 1L << 34));
        Gauge.builder("telltale.posts.bytes", this, PostMemoryBudget::acquired)
                .description("Bytes of the memory budget that POSTs have acquired")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.posts.waiting", this, PostMemoryBudget::waiting)
                .description("POSTs that wait for memory")
                .strongReference(true)
                .register(registry);
    }

    /** @param total in bytes */
    PostMemoryBudget(long total) {
        this.limiter = new AsyncLimiter(total, MAX_WAITING);
    }

    /** A request of this many bytes; see {@link AsyncLimiter#permit}. */
    AsyncLimiter.Permit permit(long bytes) {
        return limiter.permit(bytes);
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
