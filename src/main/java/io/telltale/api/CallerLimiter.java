package io.telltale.api;

import io.smallrye.mutiny.Uni;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits concurrent work in total and per caller, without blocking. A request waits for a permit of its caller first,
 * and only then in the queue that all callers share. So a caller holds no more than its part of the permits and of that
 * queue. Anonymous callers are limited in total only, because they cannot be told apart. Safe for any number of
 * threads.
 */
public final class CallerLimiter {

    private final AsyncLimiter shared;
    private final long total;
    private final long perCaller;
    private final int maxWaitingPerCaller;

    /** The callers that hold permits or wait for them, and no others. Guarded by this. */
    private final Map<String, Part> parts = new HashMap<>();

    /** What one caller may take. */
    private static final class Part {
        private final AsyncLimiter limiter;

        // Guarded by the limiter of all callers.
        private int requests;

        Part(AsyncLimiter limiter) {
            this.limiter = limiter;
        }
    }

    /**
     * @param total the number of permits
     * @param maxWaiting the maximum number of requests in the shared queue
     * @param perCaller the number of permits of one caller
     * @param maxWaitingPerCaller the maximum number of requests of one caller that wait outside the shared queue
     */
    public CallerLimiter(long total, int maxWaiting, long perCaller, int maxWaitingPerCaller) {
        this.shared = new AsyncLimiter(total, maxWaiting);
        this.total = total;
        this.perCaller = perCaller;
        this.maxWaitingPerCaller = maxWaitingPerCaller;
    }

    /** The number of acquired permits. */
    public long acquired() {
        return shared.acquired();
    }

    /** The number of permits that a caller has acquired, or waits for in the shared queue; 0 for anonymous callers. */
    public synchronized long acquired(CallerCredential caller) {
        Part part = parts.get(caller.caller());
        return part == null ? 0 : part.limiter.acquired();
    }

    /** The number of waiting requests. */
    public synchronized int waiting() {
        return shared.waiting()
                + parts.values().stream()
                        .mapToInt(part -> part.limiter.waiting())
                        .sum();
    }

    /** The number of requests of a caller that wait outside the shared queue. */
    public synchronized int waiting(CallerCredential caller) {
        Part part = parts.get(caller.caller());
        return part == null ? 0 : part.limiter.waiting();
    }

    /** Whether a request of weight 1 would be granted at once. */
    public boolean hasPermit(CallerCredential caller) {
        return shared.acquired() < total && acquired(caller) < perCaller;
    }

    /** The number of callers that hold permits or wait for them. */
    synchronized int callers() {
        return parts.size();
    }

    /**
     * Creates a request, which takes nothing before {@link Permit#acquire}.
     *
     * @param weight the number of permits that it takes, at most those of one caller
     */
    public Permit permit(CallerCredential caller, long weight) {
        return new Permit(caller, weight);
    }

    private synchronized void leave(String caller, Part part) {
        part.requests--;
        if (part.requests == 0) {
            parts.remove(caller, part);
        }
    }

    /** The queue of the caller is full. */
    public static final class CallerFullException extends RuntimeException {
        private static final long serialVersionUID = 1;

        CallerFullException(Throwable full) {
            super("of one caller, " + full.getMessage(), full);
        }
    }

    /** One request, and the permits that it was granted. Its owner releases it in every case, acquired or not. */
    public final class Permit {
        private final CallerCredential caller;
        private final long weight;
        private final AsyncLimiter.Permit ofAll;

        // Guarded by the limiter. Null before the request, and for anonymous callers.
        private @Nullable Part part;
        private AsyncLimiter.@Nullable Permit ofCaller;
        private boolean isReleased;

        private volatile boolean waitsForCaller;

        private Permit(CallerCredential caller, long weight) {
            this.caller = caller;
            this.weight = weight;
            this.ofAll = shared.permit(weight);
        }

        /**
         * Acquires the permits, at once or when others release them. Subscribe once.
         *
         * @return completes on any thread, but never after {@link #release}; fails with {@link CallerFullException} if
         *     the queue of the caller is full, and with {@link AsyncLimiter.FullException} if the shared one is
         */
        public Uni<Void> acquire() {
            return Uni.createFrom().deferred(() -> {
                AsyncLimiter.Permit first = enter();
                if (first == null) {
                    return ofAll.acquire();
                }
                waitsForCaller = true;
                return first.acquire()
                        .onFailure(AsyncLimiter.FullException.class)
                        .transform(full -> new CallerFullException(full))
                        .invoke(() -> waitsForCaller = false)
                        .chain(ofAll::acquire);
            });
        }

        private AsyncLimiter.@Nullable Permit enter() {
            synchronized (CallerLimiter.this) {
                if (isReleased || caller.isAnonymous()) {
                    return null;
                }
                Part joined = parts.computeIfAbsent(
                        caller.caller(), any -> new Part(new AsyncLimiter(perCaller, maxWaitingPerCaller)));
                ofCaller = joined.limiter.permit(weight);
                joined.requests++;
                part = joined;
                return ofCaller;
            }
        }

        /** Whether this waits for permits of its own caller, not for those of others. */
        public boolean waitsForCaller() {
            return waitsForCaller;
        }

        /** Releases the permits, or stops waiting for them. Has an effect once. */
        public void release() {
            AsyncLimiter.Permit own;
            Part joined;
            synchronized (CallerLimiter.this) {
                if (isReleased) {
                    return;
                }
                isReleased = true;
                own = ofCaller;
                joined = part;
            }
            // First those that other callers wait for.
            ofAll.release();
            if (own != null && joined != null) {
                own.release();
                leave(caller.caller(), joined);
            }
        }
    }
}
