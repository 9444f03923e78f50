package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.streams.Concatenation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A body that several ask for while it is made is made once. Each takes it from its beginning and at his own pace; the making
 * is cancelled when the last of them has gone.
 *
 * <p>For that, what is made is held until the last of them has it all. So room for it is reserved first; where there is none, a
 * body is made for its asker alone, as he takes it. One that turns out longer than its room goes on at the pace of the slowest
 * who takes it, and nobody joins it any more.
 *
 * @param <K> what is asked for; equal where the body is
 * @param <H> what leads a body
 * @param <P> a part of it
 */
final class SharedBodies<K, H, P> {

    private final long maxBytes;
    private final ToIntFunction<P> bytesOf;
    private final LongSupplier nanoTime;

    // Guarded by this, as is all that changes in makings.
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

    /**
     * @param maxBytes how much is reserved at most, for all bodies together
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
     * @param bytes the room that it needs, most likely at most
     * @param use what is done with it; ends when it is not needed any more
     */
    Uni<Void> join(K key, long bytes, Maker<H, P> maker, BiFunction<H, Multi<P>, Uni<Void>> use) {
        return Uni.createFrom().deferred(() -> {
            Taker taker = enter(key, bytes);
            if (taker == null) {
                return maker.make(use);
            }
            if (taker.isFirst) {
                taker.making.begin(maker);
            }
            return Uni.createFrom()
                    // A copy each: who goes cancels his own.
                    .completionStage(taker.making.head::copy)
                    .chain(head -> use.apply(head, taker.parts()))
                    .onTermination()
                    .invoke(taker::leave);
        });
    }

    private synchronized @Nullable Taker enter(K key, long bytes) {
        Making current = underWay.get(key);
        if (current != null && current.isJoined()) {
            return new Taker(current, false);
        }
        if (reservedBytes + bytes > maxBytes) {
            return null;
        }
        reservedBytes += bytes;
        Making next = new Making(key, bytes);
        underWay.put(key, next);
        return new Taker(next, true);
    }

    /** How many bodies are being made that others may join. */
    synchronized int underWay() {
        return underWay.size();
    }

    /** How much is reserved for what is held. */
    synchronized long reservedBytes() {
        return reservedBytes;
    }

    /** One body, from the first who asks for it until the last has it. */
    private final class Making {
        private final K key;
        private final long room;
        private final long begunNanos = nanoTime.getAsLong();
        private final CompletableFuture<H> head = new CompletableFuture<>();
        private final Set<Taker> takers = new LinkedHashSet<>();

        private @Nullable Cancellable running;
        private Flow.@Nullable Subscription source;
        private boolean isAsked;

        /** The parts from {@code dropped} on; from the first as long as they fit. */
        private final List<P> held = new ArrayList<>();

        private long heldBytes;
        private long dropped;
        private boolean isTooLong;
        private boolean isOver;
        private @Nullable Throwable failure;

        Making(K key, long room) {
            this.key = key;
            this.room = room;
        }

        boolean isJoined() {
            return nanoTime.getAsLong() - begunNanos < RequestCoalescer.JOINED_FOR.toNanos();
        }

        void begin(Maker<H, P> maker) {
            Cancellable started = Uni.createFrom()
                    .deferred(() -> maker.make(this::take))
                    .subscribe()
                    .with(made -> end(null), this::end);
            synchronized (SharedBodies.this) {
                running = started;
                if (!takers.isEmpty()) {
                    return;
                }
            }
            started.cancel();
        }

        private Uni<Void> take(H opening, Multi<P> parts) {
            return Uni.createFrom().emitter(taken -> {
                head.complete(opening);
                if (isAbandoned()) {
                    taken.fail(new CancellationException());
                    return;
                }
                Cancellable taking = parts.subscribe()
                        .with(
                                subscription -> orFail(taken, () -> ask(subscription)),
                                part -> orFail(taken, () -> hold(part)),
                                taken::fail,
                                () -> taken.complete(null));
                taken.onTermination(taking::cancel);
            });
        }

        /** All may have gone before there was anything to cancel. */
        private boolean isAbandoned() {
            synchronized (SharedBodies.this) {
                return takers.isEmpty();
            }
        }

        /** Mutiny would drop what is thrown here, and all would wait for ever. */
        private void orFail(UniEmitter<? super Void> taken, Runnable step) {
            try {
                step.run();
            } catch (RuntimeException e) {
                taken.fail(e);
                Flow.Subscription parts;
                synchronized (SharedBodies.this) {
                    parts = source;
                }
                if (parts != null) {
                    parts.cancel();
                }
            }
        }

        private void ask(Flow.Subscription subscription) {
            synchronized (SharedBodies.this) {
                source = subscription;
            }
            goOn();
        }

        private void hold(P part) {
            synchronized (SharedBodies.this) {
                isAsked = false;
                held.add(part);
                heldBytes += bytesOf.applyAsInt(part);
                if (heldBytes > room) {
                    isTooLong = true;
                    underWay.remove(key, this);
                }
            }
            serve();
        }

        /** It is made, or will not be. */
        private void end(@Nullable Throwable reason) {
            synchronized (SharedBodies.this) {
                isOver = true;
                failure = reason;
                underWay.remove(key, this);
            }
            // After that, or whoever fails and asks again would join it.
            head.completeExceptionally(reason == null ? new CancellationException() : reason);
            serve();
        }

        private void serve() {
            List<Taker> all;
            synchronized (SharedBodies.this) {
                all = List.copyOf(takers);
            }
            all.forEach(Taker::serve);
            goOn();
        }

        /** Drops what nobody needs any more, and has the next part made if there is room for it. */
        private void goOn() {
            Flow.Subscription next;
            synchronized (SharedBodies.this) {
                if (isTooLong) {
                    drop();
                }
                if (source == null || isAsked || isOver || takers.isEmpty() || heldBytes > room) {
                    return;
                }
                isAsked = true;
                next = source;
            }
            next.request(1);
        }

        private void drop() {
            long least = takers.stream().mapToLong(taker -> taker.next).min().orElse(dropped);
            List<P> taken = held.subList(0, (int) (least - dropped));
            heldBytes -= taken.stream().mapToInt(bytesOf).asLongStream().sum();
            taken.clear();
            dropped = least;
        }
    }

    /** Somebody who takes a body, from when he asks for it until he goes. */
    private final class Taker {
        private final Making making;
        private final boolean isFirst;
        private long next;
        private @Nullable UniEmitter<? super Optional<P>> waiting;

        Taker(Making making, boolean isFirst) {
            this.making = making;
            this.isFirst = isFirst;
            making.takers.add(this);
        }

        Multi<P> parts() {
            return Concatenation.repeated(this::part, Optional::isPresent)
                    .filter(Optional::isPresent)
                    .map(Optional::orElseThrow);
        }

        /** The next part; empty behind the last. */
        private Uni<Optional<P>> part() {
            return Uni.createFrom().emitter(emitter -> {
                synchronized (SharedBodies.this) {
                    // Who has gone is told so by Mutiny only afterwards, and may ask once more.
                    waiting = making.takers.contains(Taker.this) ? emitter : null;
                }
                serve();
                making.goOn();
            });
        }

        private void serve() {
            UniEmitter<? super Optional<P>> to;
            Optional<P> part;
            Throwable failure = null;
            synchronized (SharedBodies.this) {
                int at = (int) (next - making.dropped);
                if (waiting == null || (at == making.held.size() && !making.isOver)) {
                    return;
                }
                if (at < making.held.size()) {
                    part = Optional.of(making.held.get(at));
                    next++;
                } else {
                    part = Optional.empty();
                    failure = making.failure;
                }
                to = waiting;
                waiting = null;
            }
            if (failure == null) {
                to.complete(part);
            } else {
                to.fail(failure);
            }
        }

        /** Goes; going again is nothing, and Mutiny tells of a cancellation after the end, too. */
        void leave() {
            Cancellable abandoned = null;
            synchronized (SharedBodies.this) {
                if (!making.takers.remove(this)) {
                    return;
                }
                waiting = null;
                if (making.takers.isEmpty()) {
                    underWay.remove(making.key, making);
                    reservedBytes -= making.room;
                    abandoned = making.running;
                }
            }
            if (abandoned == null) {
                // The others may have waited for him.
                making.goOn();
            } else {
                abandoned.cancel();
            }
        }
    }
}
