package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A body that several ask for while it is made is made once. Each has it from its beginning and at its own pace, and none
 * waits for a slower one; the making is cancelled when the last of them has gone.
 *
 * <p>For that, what is made is held until the last of them has it. So room for all of it is reserved first. Where there is
 * none a body is made for one asker alone, as he takes it. One that turns out longer than its room ends with
 * {@link TooLongException}; what comes behind that, each has to find for himself.
 *
 * @param <K> what is asked for; equal where the body is
 * @param <H> what leads a body
 * @param <P> a part of it
 */
final class SharedBodies<K, H, P> {

    private final long maxBytes;
    private final ToIntFunction<P> bytesOf;
    private final LongSupplier nanoTime;

    // Guarded by this.
    private final Map<K, Making> underWay = new HashMap<>();
    private long reservedBytes;

    /** Makes a body. */
    interface Maker<H, P> {

        /**
         * Gives head and parts to {@code take}, once or, where it fails, not at all.
         *
         * @return completes when {@code take} has; to be cancelled
         */
        Uni<Void> make(BiFunction<H, Multi<P>, Uni<Void>> take);
    }

    /** The room that was reserved is full. */
    static final class TooLongException extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLongException(long bytes) {
            super("the body is longer than the %d bytes reserved for it".formatted(bytes), null, false, false);
        }
    }

    /**
     * @param maxBytes how much is held at most, of all bodies together
     * @param bytesOf how long a part is
     * @param nanoTime {@link System#nanoTime}
     */
    SharedBodies(long maxBytes, ToIntFunction<P> bytesOf, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.bytesOf = bytesOf;
        this.nanoTime = nanoTime;
    }

    /**
     * The body that is under way, or else this one.
     *
     * @param bytes how long it will be, most likely at most
     * @param use what is done with it; ends when it is not needed any more
     */
    Uni<Void> join(K key, long bytes, Maker<H, P> maker, BiFunction<H, Multi<P>, Uni<Void>> use) {
        return Uni.createFrom().deferred(() -> {
            Making making = enter(key, bytes);
            if (making == null) {
                return maker.make(use);
            }
            making.begin(maker);
            return Uni.createFrom()
                    // A copy each: who goes cancels his own.
                    .completionStage(making.opened::copy)
                    .chain(opened -> use.apply(opened.head(), opened.parts()))
                    .onTermination()
                    .invoke(making::leave);
        });
    }

    private synchronized @Nullable Making enter(K key, long bytes) {
        Making current = underWay.get(key);
        if (current != null && current.isJoined()) {
            current.users++;
            return current;
        }
        if (reservedBytes + bytes > maxBytes) {
            return null;
        }
        reservedBytes += bytes;
        Making next = new Making(key, bytes);
        underWay.put(key, next);
        return next;
    }

    /** How many bodies are being made that others may join. */
    synchronized int underWay() {
        return underWay.size();
    }

    /** How much is reserved for what is held. */
    synchronized long reservedBytes() {
        return reservedBytes;
    }

    private record Opened<H, P>(H head, Multi<P> parts) {}

    /** One body, from the first who asks for it until the last has it. */
    private final class Making {
        private final K key;
        private final long room;
        private final CompletableFuture<Opened<H, P>> opened = new CompletableFuture<>();

        // Guarded by the bodies.
        private int users = 1;
        private boolean isBegun;
        private @Nullable Cancellable running;
        private long openedNanos;

        private volatile Flow.@Nullable Subscription source;

        Making(K key, long room) {
            this.key = key;
            this.room = room;
        }

        boolean isJoined() {
            return !opened.isDone() || nanoTime.getAsLong() - openedNanos < SharedReads.JOINED_FOR.toNanos();
        }

        void begin(Maker<H, P> maker) {
            synchronized (SharedBodies.this) {
                if (isBegun) {
                    return;
                }
                isBegun = true;
            }
            Cancellable started = maker.make(this::open).subscribe().with(made -> isOver(), failure -> {
                isOver();
                opened.completeExceptionally(failure);
            });
            synchronized (SharedBodies.this) {
                running = started;
                if (users > 0) {
                    return;
                }
            }
            started.cancel();
        }

        private Uni<Void> open(H head, Multi<P> parts) {
            Multi<P> kept = Multi.createBy()
                    .replaying()
                    .ofMulti(fitting(parts).onSubscription().invoke(begun -> source = begun));
            synchronized (SharedBodies.this) {
                openedNanos = nanoTime.getAsLong();
            }
            opened.complete(new Opened<>(head, kept));
            return kept.onItem().ignoreAsUni();
        }

        private Multi<P> fitting(Multi<P> parts) {
            long[] left = {room};
            return parts.onItem().invoke(part -> {
                left[0] -= bytesOf.applyAsInt(part);
                if (left[0] < 0) {
                    throw new TooLongException(room);
                }
            });
        }

        private void isOver() {
            synchronized (SharedBodies.this) {
                underWay.remove(key, this);
            }
        }

        void leave() {
            Cancellable abandoned;
            synchronized (SharedBodies.this) {
                users--;
                if (users > 0) {
                    return;
                }
                underWay.remove(key, this);
                reservedBytes -= room;
                abandoned = running;
            }
            if (abandoned != null) {
                abandoned.cancel();
            }
            Flow.Subscription parts = source;
            if (parts != null) {
                // Of what is replayed nobody else does it.
                parts.cancel();
            }
        }
    }
}
