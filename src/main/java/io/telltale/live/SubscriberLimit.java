package io.telltale.live;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;

/** Limits the concurrent streams of this replica, in total and per client address. Thread-safe. */
@Singleton
class SubscriberLimit {

    private final int max;
    private final int maxOfAddress;

    // Guarded by this.
    private final Map<String, Integer> byAddress = new HashMap<>();
    private int taken;

    @Inject
    SubscriberLimit(LiveConfig config) {
        this.max = Bounds.within("telltale.live.subscribers", config.subscribers(), 1, 1_000_000);
        this.maxOfAddress =
                Bounds.within("telltale.live.subscribers-per-address", config.subscribersPerAddress(), 1, 1_000_000);
    }

    /**
     * Acquires a permit. The caller releases it when the stream ends, for whatever reason.
     *
     * @param address of the client
     * @throws ProblemException {@code too-many} at the limit of this address; {@code unavailable} at the limit of this
     *     replica, because another replica may have capacity
     */
    synchronized Permit acquire(String address) {
        int ofAddress = byAddress.getOrDefault(address, 0);
        if (ofAddress >= maxOfAddress) {
            throw Problem.of(
                            ProblemCode.TOO_MANY,
                            ("%d live streams are open from address %s on this replica; expected at most"
                                            + " telltale.live.subscribers-per-address=%d")
                                    .formatted(ofAddress, address, maxOfAddress))
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        if (taken >= max) {
            throw Problem.of(
                            ProblemCode.UNAVAILABLE,
                            "%d live streams are open on this replica; expected at most telltale.live.subscribers=%d; use another"
                                    .formatted(taken, max))
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        byAddress.put(address, ofAddress + 1);
        taken++;
        return new Permit(address);
    }

    /** Permits one stream. */
    final class Permit {
        private final String address;
        private boolean isReleased;

        private Permit(String address) {
            this.address = address;
        }

        /** Idempotent: a stream that the server ends is released by the hub and by its request. */
        void release() {
            synchronized (SubscriberLimit.this) {
                if (!isReleased) {
                    isReleased = true;
                    byAddress.computeIfPresent(address, (any, permits) -> permits == 1 ? null : permits - 1);
                    taken--;
                }
            }
        }
    }
}
