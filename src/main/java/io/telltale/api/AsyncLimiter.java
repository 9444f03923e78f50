package io.telltale.api;

import io.smallrye.mutiny.Uni;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * So many at once, the others in the order in which they came. Whoever asks for a turn ends it, however its work came out:
 * done, failed, or cancelled. For any number of threads.
 */
public final class AsyncLimiter {

    private final int places;
    private final int maxWaiting;

    // Guarded by this.
    private final Deque<Turn> waiting = new ArrayDeque<>();
    private int taken;

    /**
     * Turns for so many.
     *
     * @param places how many have their turn at once
     * @param maxWaiting how many may wait
     */
    public AsyncLimiter(int places, int maxWaiting) {
        this.places = places;
        this.maxWaiting = maxWaiting;
    }

    /** How many have their turn. */
    public synchronized int taken() {
        return taken;
    }

    /** How many wait for it. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** A turn of somebody's own. */
    public Turn turn() {
        return new Turn();
    }

    /** More wait than may. */
    public static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FullException(int places, int waiting) {
            super("%d have their turn and %d wait".formatted(places, waiting));
        }
    }

    /** One's time here. */
    public final class Turn {
        // Guarded by the turns.
        private boolean isIn;
        private boolean isOver;
        private @Nullable Runnable onTurn;

        private Turn() {}

        /** Completes when it comes, which it does not once it was ended; fails with {@link FullException} at once where too many wait already. */
        public Uni<Void> comes() {
            return Uni.createFrom().emitter(emitter -> {
                if (take(() -> emitter.complete(null))) {
                    emitter.complete(null);
                }
            });
        }

        private boolean take(Runnable later) {
            synchronized (AsyncLimiter.this) {
                if (isOver) {
                    // Whoever asked has gone before: nobody would give the place back.
                    return false;
                }
                if (taken < places) {
                    taken++;
                    isIn = true;
                    return true;
                }
                if (waiting.size() >= maxWaiting) {
                    throw new FullException(taken, waiting.size());
                }
                onTurn = later;
                waiting.add(this);
                return false;
            }
        }

        /** Gives the place to whoever waits longest, or stops waiting. */
        public void end() {
            Runnable next = null;
            synchronized (AsyncLimiter.this) {
                isOver = true;
                if (!isIn) {
                    waiting.remove(this);
                    return;
                }
                isIn = false;
                Turn first = waiting.poll();
                if (first == null) {
                    taken--;
                } else {
                    first.isIn = true;
                    next = first.onTurn;
                }
            }
            if (next != null) {
                next.run();
            }
        }
    }
}
