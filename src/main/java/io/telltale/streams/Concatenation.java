package io.telltale.streams;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.operators.AbstractMulti;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Streams one after another, in order: each is begun when those before it are over and more is asked for.
 *
 * <p>Mutiny's concatenation and repetition do the same, but for a race: where one thread asks for more just when another ends a
 * stream, the next one may be asked twice for the same item. What it gives too many the concatenation behind drops, and an
 * answer that lacks it looks complete; or both wait for ever. Here what is owed, and of which stream it is asked, changes under
 * one lock. {@code ArchitectureTest} keeps everybody to this.
 */
public final class Concatenation {

    private Concatenation() {}

    /** For {@link Multi#plug}: what {@code begin} makes of the items, one stream after another. */
    public static <T, R> Function<Multi<T>, Multi<R>> streams(
            Function<? super T, ? extends Flow.Publisher<? extends R>> begin) {
        Function<? super T, ? extends Flow.Publisher<? extends R>> inContext = Infrastructure.decorate(begin);
        return source -> new Chain<>(source, inContext);
    }

    /** For {@link Multi#plug}: what {@code begin} does with the items, one after another; no item where it gives null. */
    public static <T, R> Function<Multi<T>, Multi<R>> unis(Function<? super T, ? extends Uni<? extends R>> begin) {
        return streams(item -> begin.apply(item).toMulti());
    }

    /** For {@link Multi#plug}: all that is in the items. */
    public static <T, R> Function<Multi<T>, Multi<R>> contents(Function<? super T, ? extends Iterable<R>> in) {
        return streams(item -> Multi.createFrom().iterable(in.apply(item)));
    }

    /** All that these streams give. */
    public static <R> Multi<R> of(List<Multi<R>> streams) {
        return Multi.createFrom().iterable(streams).plug(streams(stream -> stream));
    }

    /**
     * The same again and again, each time when the one before is done and more is asked for.
     *
     * @param isMore whether another follows this one
     */
    public static <R> Multi<R> repeated(Supplier<Uni<R>> next, Predicate<? super R> isMore) {
        return Multi.createFrom()
                .<AtomicBoolean, AtomicBoolean>generator(() -> new AtomicBoolean(true), (goesOn, turn) -> {
                    if (goesOn.get()) {
                        turn.emit(goesOn);
                    } else {
                        turn.complete();
                    }
                    return goesOn;
                })
                .plug(unis(goesOn -> next.get().invoke(item -> goesOn.set(isMore.test(item)))));
    }

    private static final class Chain<T, R> extends AbstractMulti<R> {
        private final Multi<T> source;
        private final Function<? super T, ? extends Flow.Publisher<? extends R>> begin;

        Chain(Multi<T> source, Function<? super T, ? extends Flow.Publisher<? extends R>> begin) {
            this.source = source;
            this.begin = begin;
        }

        @Override
        public void subscribe(MultiSubscriber<? super R> taker) {
            source.subscribe(Infrastructure.onMultiSubscription(source, new Taking<>(begin, taker)));
        }
    }

    /** Somebody who takes all streams as if they were one. No signal is given while the lock is held. */
    private static final class Taking<T, R> implements MultiSubscriber<T>, Flow.Subscription {
        private final Function<? super T, ? extends Flow.Publisher<? extends R>> begin;
        private final MultiSubscriber<? super R> taker;
        private Flow.Subscription source = Subscriptions.CANCELLED;

        // Guarded by this, as is the subscription of a turn.
        private long owed;
        private @Nullable Turn current;
        private boolean isNextAsked;
        private boolean isSourceOver;
        private boolean isOver;

        /** What came before its turn. That is nothing, unless the source gives more than it was asked for. */
        private final Deque<T> early = new ArrayDeque<>();

        Taking(Function<? super T, ? extends Flow.Publisher<? extends R>> begin, MultiSubscriber<? super R> taker) {
            this.begin = begin;
            this.taker = taker;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            source = subscription;
            taker.onSubscribe(this);
        }

        @Override
        public void request(long more) {
            if (more <= 0) {
                source.cancel();
                fail(Subscriptions.getInvalidRequestException());
                return;
            }
            Flow.Subscription giving;
            synchronized (this) {
                owed = Subscriptions.add(owed, more);
                giving = giving();
            }
            if (giving == null) {
                goOn();
            } else {
                // If that is over by now, it asks nothing: what is owed is asked of the next one.
                giving.request(more);
            }
        }

        @Override
        public void onItem(T item) {
            synchronized (this) {
                isNextAsked = false;
                early.add(item);
            }
            goOn();
        }

        @Override
        public void onCompletion() {
            synchronized (this) {
                isSourceOver = true;
            }
            goOn();
        }

        @Override
        public void onFailure(Throwable failure) {
            fail(failure);
        }

        @Override
        public void cancel() {
            Flow.Subscription giving = end();
            source.cancel();
            if (giving != null) {
                giving.cancel();
            }
        }

        /** Begins the next stream, or asks for it, or tells that there is none. */
        private void goOn() {
            T item;
            Turn turn = new Turn();
            boolean isEnd;
            synchronized (this) {
                if (isOver || current != null) {
                    return;
                }
                isEnd = isSourceOver && early.isEmpty();
                item = owed == 0 ? null : early.poll();
                if (isEnd) {
                    isOver = true;
                } else if (item != null) {
                    current = turn;
                } else if (owed == 0 || isNextAsked) {
                    return;
                } else {
                    isNextAsked = true;
                }
            }
            if (isEnd) {
                taker.onCompletion();
            } else if (item != null) {
                begin(item, turn);
            } else {
                source.request(1);
            }
        }

        private void begin(T item, Turn turn) {
            Flow.Publisher<? extends R> stream;
            try {
                stream = Objects.requireNonNull(begin.apply(item), "no stream");
            } catch (Throwable e) {
                source.cancel();
                fail(e);
                return;
            }
            stream.subscribe(turn);
        }

        private void fail(Throwable failure) {
            boolean isLate;
            Flow.Subscription giving;
            synchronized (this) {
                isLate = isOver;
                giving = end();
            }
            if (isLate) {
                Infrastructure.handleDroppedException(failure);
                return;
            }
            if (giving != null) {
                giving.cancel();
            }
            taker.onFailure(failure);
        }

        /** @return what gave, to be cancelled */
        private synchronized Flow.@Nullable Subscription end() {
            isOver = true;
            early.clear();
            return giving();
        }

        private Flow.@Nullable Subscription giving() {
            return current == null ? null : current.subscription;
        }

        /** One of the streams, while it gives. */
        private final class Turn implements MultiSubscriber<R> {
            private Flow.@Nullable Subscription subscription;

            @Override
            public void onSubscribe(Flow.Subscription given) {
                long asked;
                boolean isLate;
                synchronized (Taking.this) {
                    subscription = given;
                    // All that was asked for so far; what is from now on, is asked of it where that happens.
                    asked = owed;
                    isLate = isOver;
                }
                if (isLate) {
                    given.cancel();
                } else {
                    given.request(asked);
                }
            }

            @Override
            public void onItem(R item) {
                synchronized (Taking.this) {
                    if (isOver) {
                        return;
                    }
                    if (owed != Long.MAX_VALUE) {
                        owed = Math.max(0, owed - 1);
                    }
                }
                taker.onItem(item);
            }

            @Override
            public void onFailure(Throwable failure) {
                source.cancel();
                fail(failure);
            }

            @Override
            public void onCompletion() {
                synchronized (Taking.this) {
                    current = null;
                }
                goOn();
            }
        }
    }
}
