package io.telltale.live;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;

/** How many may watch at once on this replica, and how many from one address. For any number of threads. */
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
     * Takes a seat, to be left however the stream ends.
     *
     * @param address of the client
     * @throws ProblemException {@code too-many} if this address has as many as it may have; {@code unavailable} if this
     *     replica is full: another one may not be
     */
    synchronized Seat take(String address) {
        int ofAddress = byAddress.getOrDefault(address, 0);
        if (ofAddress >= maxOfAddress) {
            throw Problem.of(
                            ProblemCode.TOO_MANY,
                            "%d live streams are open from address %s on this replica; expected at most telltale.live.subscribers-per-address=%d"
                                    .formatted(ofAddress, address, maxOfAddress))
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        if (taken >= max) {
            throw Problem.of(
                            ProblemCode.UNAVAILABLE,
                            "%d live streams are open on this replica, as many as telltale.live.subscribers=%d allows"
                                    .formatted(taken, max))
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        byAddress.put(address, ofAddress + 1);
        taken++;
        return new Seat(address);
    }

    /** One's own. */
    final class Seat {
        private final String address;
        private boolean isLeft;

        private Seat(String address) {
            this.address = address;
        }

        /** Gives it back, once, however often it is asked to: a stream that the server ends has no other end. */
        void leave() {
            synchronized (SubscriberLimit.this) {
                if (!isLeft) {
                    isLeft = true;
                    byAddress.computeIfPresent(address, (any, seats) -> seats == 1 ? null : seats - 1);
                    taken--;
                }
            }
        }
    }
}
