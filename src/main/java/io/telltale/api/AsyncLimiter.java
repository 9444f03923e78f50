package io.telltale.api;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Limits concurrent work by permits, without blocking. A request takes a weight, in any unit: 1 per query, or bytes.
 *
 * <p>Requests are granted in the order of their arrival. A small request waits behind a large one although permits are
 * free, so that the large one is not starved. The queue is bounded. Safe for any number of threads.
 */
public final class AsyncLimiter {

    private final long total;
    private final int maxWaiting;

    // Guarded by this.
    private final Deque<Permit> queue = new ArrayDeque<>();
    private long free;
    private boolean isGranting;

    private enum State {
        NEW,
        WAITING,
        ACQUIRED,
        RELEASED
    }

    /**
     * @param total the number of permits
     * @param maxWaiting the maximum number of waiting requests
     */
    public AsyncLimiter(long total, int maxWaiting) {
        this.total = total;
        this.free = total;
        this.maxWaiting = maxWaiting;
    }

    /** The number of acquired permits. */
    public synchronized long acquired() {
        return total - free;
    }

    /** The number of waiting requests. */
    public synchronized int waiting() {
        return queue.size();
    }

    /**
     * Creates a request, which takes nothing before {@link Permit#acquire}.
     *
     * @param weight the number of permits that it takes
     * @throws IllegalArgumentException if this limiter has fewer
     */
    public Permit permit(long weight) {
        if (weight > total) {
            throw new IllegalArgumentException("weight is %d; expected at most %d".formatted(weight, total));
        }
        return new Permit(weight);
    }

    /** The queue is full. */
    public static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FullException(long acquired, int waiting) {
            super("%d permits are acquired and %d requests wait".formatted(acquired, waiting));
        }
    }

    /**
     * Grants the queue what is free. One thread at a time does so, in a loop: were the next request granted from within
     * a request that ends at once, a long queue would overflow the stack.
     */
    private void grantQueue() {
        synchronized (this) {
            if (isGranting) {
                return;
            }
            isGranting = true;
        }
        for (Permit next = takeNext(); next != null; next = takeNext()) {
            try {
                next.onAcquired.run();
            } catch (RuntimeException | Error e) {
                // Of a subscriber. The others must not wait forever because of it.
                Infrastructure.handleDroppedException(e);
            }
        }
    }

    private synchronized @Nullable Permit takeNext() {
        Permit first = queue.peek();
        if (first == null || first.weight > free) {
            isGranting = false;
            return null;
        }
        queue.remove();
        first.take();
        return first;
    }

    /** One request, and the permits that it was granted. Its owner releases it in every case, acquired or not. */
    public final class Permit {
        private final long weight;

        // Guarded by the limiter.
        private State state = State.NEW;
        private Runnable onAcquired = () -> {};

        private Permit(long weight) {
            this.weight = weight;
        }

        /**
         * Acquires the permits, at once or when others release them. Subscribe once.
         *
         * @return completes on any thread, but never after {@link #release}; fails with {@link FullException} if the
         *     queue is full
         */
        public Uni<Void> acquire() {
            return Uni.createFrom().emitter(emitter -> {
                if (isAcquiredAtOnce(() -> emitter.complete(null))) {
                    emitter.complete(null);
                }
            });
        }

        private boolean isAcquiredAtOnce(Runnable later) {
            synchronized (AsyncLimiter.this) {
                if (state == State.RELEASED) {
                    // The owner has given up already and would not release it again.
                    return false;
                }
                if (state != State.NEW) {
                    throw new IllegalStateException("the permit is %s; expected NEW".formatted(state));
                }
                if (queue.isEmpty() && weight <= free) {
                    take();
                    return true;
                }
                if (queue.size() >= maxWaiting) {
                    throw new FullException(acquired(), queue.size());
                }
                state = State.WAITING;
                onAcquired = later;
                queue.add(this);
                return false;
            }
        }

        private void take() {
            state = State.ACQUIRED;
            free -= weight;
        }

        /** Releases the permits, or stops waiting for them. Has an effect once. */
        public void release() {
            synchronized (AsyncLimiter.this) {
                if (state == State.ACQUIRED) {
                    free += weight;
                } else if (state == State.WAITING) {
                    queue.remove(this);
                }
                state = State.RELEASED;
            }
            // Also if it only waited: it may have been the first, and those behind it may need less than is free.
            grantQueue();
        }
    }
}
