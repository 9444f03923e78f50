package io.telltale.live;

import io.telltale.api.CallerCredential;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Limits the concurrent streams of this replica: in total, per client address, and per caller. Thread-safe. */
@Singleton
class SubscriberLimit {

    private final int max;
    private final int maxOfAddress;
    private final int maxOfCaller;

    // Guarded by this.
    private final Map<String, Integer> byAddress = new HashMap<>();
    private final Map<String, Integer> byCaller = new HashMap<>();
    private int taken;

    @Inject
    SubscriberLimit(LiveConfig config) {
        this.max = Bounds.within("telltale.live.subscribers", config.subscribers(), 1, 1_000_000);
        this.maxOfAddress =
                Bounds.within("telltale.live.subscribers-per-address", config.subscribersPerAddress(), 1, 1_000_000);
        this.maxOfCaller =
                Bounds.within("telltale.live.subscribers-per-caller", config.subscribersPerCaller(), 1, 1_000_000);
    }

    /**
     * Acquires a permit. The caller releases it when the stream ends, for whatever reason.
     *
     * @param address of the client
     * @param credential of the client; anonymous ones have no limit of their own
     * @throws ProblemException {@code too-many} at the limit of this address or caller; {@code unavailable} at the
     *     limit of this replica, because another replica may have capacity
     */
    synchronized Permit acquire(String address, CallerCredential credential) {
        requireCapacity(byAddress, "address " + address, address, "per-address", maxOfAddress);
        String caller = credential.isAnonymous() ? null : credential.caller();
        if (caller != null) {
            requireCapacity(byCaller, "this credential", caller, "per-caller", maxOfCaller);
        }
        if (taken >= max) {
            throw Problem.of(
                            ProblemCode.UNAVAILABLE,
                            ("%d live streams are open on this replica; expected at most telltale.live.subscribers=%d; "
                                            + "use another")
                                    .formatted(taken, max))
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        byAddress.merge(address, 1, Integer::sum);
        if (caller != null) {
            byCaller.merge(caller, 1, Integer::sum);
        }
        taken++;
        return new Permit(address, caller);
    }

    private static void requireCapacity(
            Map<String, Integer> permits, String whose, String key, String setting, int limit) {
        int open = permits.getOrDefault(key, 0);
        if (open >= limit) {
            throw Problem.of(
                            ProblemCode.TOO_MANY,
                            ("%d live streams are open from %s on this replica; expected at most "
                                            + "telltale.live.subscribers-%s=%d")
                                    .formatted(open, whose, setting, limit))
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
    }

    /** Permits one stream. */
    final class Permit {
        private final String address;
        private final @Nullable String caller;
        private boolean isReleased;

        private Permit(String address, @Nullable String caller) {
            this.address = address;
            this.caller = caller;
        }

        /** Idempotent: a stream that the server ends is released by the hub and by its request. */
        void release() {
            synchronized (SubscriberLimit.this) {
                if (!isReleased) {
                    isReleased = true;
                    release(byAddress, address);
                    if (caller != null) {
                        release(byCaller, caller);
                    }
                    taken--;
                }
            }
        }

        private static void release(Map<String, Integer> permits, String key) {
            permits.computeIfPresent(key, (any, open) -> open == 1 ? null : open - 1);
        }
    }
}
