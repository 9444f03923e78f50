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
 * Concatenates streams: each is subscribed to when the previous ones are complete and there is demand.
 *
 * <p>Replaces the operators of Mutiny, which have a race: if one thread requests items while another completes a
 * stream, the next stream may get the same demand twice. The excess item is dropped downstream, and the truncated
 * result looks complete; or both sides wait forever. Here one lock guards the demand and the current stream.
 * {@code ArchitectureTest} forbids the operators of Mutiny.
 */
public final class Concatenation {

    private Concatenation() {}

    /** For {@link Multi#plug}: concatenates the streams that {@code open} creates from the items. */
    public static <T, R> Function<Multi<T>, Multi<R>> streams(
            Function<? super T, ? extends Flow.Publisher<? extends R>> open) {
        Function<? super T, ? extends Flow.Publisher<? extends R>> decorated = Infrastructure.decorate(open);
        return source -> new Chain<>(source, decorated);
    }

    /** For {@link Multi#plug}: concatenates the results of {@code open}; a null result is no item. */
    public static <T, R> Function<Multi<T>, Multi<R>> unis(Function<? super T, ? extends Uni<? extends R>> open) {
        return streams(item -> open.apply(item).toMulti());
    }

    /** For {@link Multi#plug}: the elements of the items. */
    public static <T, R> Function<Multi<T>, Multi<R>> contents(Function<? super T, ? extends Iterable<R>> in) {
        return streams(item -> Multi.createFrom().iterable(in.apply(item)));
    }

    /** The items of all streams. */
    public static <R> Multi<R> of(List<Multi<R>> streams) {
        return Multi.createFrom().iterable(streams).plug(streams(stream -> stream));
    }

    /**
     * Repeats an operation, each time when the previous one is complete and there is demand.
     *
     * @param isMore whether another one follows this result
     */
    public static <R> Multi<R> repeated(Supplier<Uni<R>> next, Predicate<? super R> isMore) {
        return Multi.createFrom()
                .<AtomicBoolean, AtomicBoolean>generator(() -> new AtomicBoolean(true), (hasNext, generator) -> {
                    if (hasNext.get()) {
                        generator.emit(hasNext);
                    } else {
                        generator.complete();
                    }
                    return hasNext;
                })
                .plug(unis(hasNext -> next.get().invoke(item -> hasNext.set(isMore.test(item)))));
    }

    private static final class Chain<T, R> extends AbstractMulti<R> {
        private final Multi<T> source;
        private final Function<? super T, ? extends Flow.Publisher<? extends R>> open;

        Chain(Multi<T> source, Function<? super T, ? extends Flow.Publisher<? extends R>> open) {
            this.source = source;
            this.open = open;
        }

        @Override
        public void subscribe(MultiSubscriber<? super R> downstream) {
            source.subscribe(Infrastructure.onMultiSubscription(source, new ChainSubscription<>(open, downstream)));
        }
    }

    /** The subscription downstream. Sends no signal while it holds the lock. */
    private static final class ChainSubscription<T, R> implements MultiSubscriber<T>, Flow.Subscription {
        private final Function<? super T, ? extends Flow.Publisher<? extends R>> open;
        private final MultiSubscriber<? super R> downstream;
        private Flow.Subscription source = Subscriptions.CANCELLED;

        // Guarded by this, as is the subscription of an Inner.
        private long demand;
        private @Nullable Inner current;
        private boolean isNextRequested;
        private boolean isSourceComplete;
        private boolean isTerminated;

        /** Items that wait for the current stream to complete: only from a source that exceeds its demand. */
        private final Deque<T> queued = new ArrayDeque<>();

        ChainSubscription(
                Function<? super T, ? extends Flow.Publisher<? extends R>> open,
                MultiSubscriber<? super R> downstream) {
            this.open = open;
            this.downstream = downstream;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            source = subscription;
            downstream.onSubscribe(this);
        }

        @Override
        public void request(long more) {
            if (more <= 0) {
                source.cancel();
                fail(Subscriptions.getInvalidRequestException());
                return;
            }
            Flow.Subscription upstream;
            synchronized (this) {
                demand = Subscriptions.add(demand, more);
                upstream = currentSubscription();
            }
            if (upstream == null) {
                advance();
            } else {
                // If that stream is complete by now, it ignores this: the next stream gets the demand.
                upstream.request(more);
            }
        }

        @Override
        public void onItem(T item) {
            synchronized (this) {
                isNextRequested = false;
                queued.add(item);
            }
            advance();
        }

        @Override
        public void onCompletion() {
            synchronized (this) {
                isSourceComplete = true;
            }
            advance();
        }

        @Override
        public void onFailure(Throwable failure) {
            fail(failure);
        }

        @Override
        public void cancel() {
            Flow.Subscription upstream = end();
            source.cancel();
            if (upstream != null) {
                upstream.cancel();
            }
        }

        /** Opens the next stream, requests it, or completes. */
        private void advance() {
            T item;
            Inner inner = new Inner();
            boolean isEnd;
            synchronized (this) {
                if (isTerminated || current != null) {
                    return;
                }
                isEnd = isSourceComplete && queued.isEmpty();
                item = demand == 0 ? null : queued.poll();
                if (isEnd) {
                    isTerminated = true;
                } else if (item != null) {
                    current = inner;
                } else if (demand == 0 || isNextRequested) {
                    return;
                } else {
                    isNextRequested = true;
                }
            }
            if (isEnd) {
                downstream.onCompletion();
            } else if (item != null) {
                open(item, inner);
            } else {
                source.request(1);
            }
        }

        private void open(T item, Inner inner) {
            Flow.Publisher<? extends R> stream;
            try {
                stream = Objects.requireNonNull(open.apply(item), "no stream");
            } catch (Throwable e) {
                source.cancel();
                fail(e);
                return;
            }
            stream.subscribe(inner);
        }

        private void fail(Throwable failure) {
            boolean isTooLate;
            Flow.Subscription upstream;
            synchronized (this) {
                isTooLate = isTerminated;
                upstream = end();
            }
            if (isTooLate) {
                Infrastructure.handleDroppedException(failure);
                return;
            }
            if (upstream != null) {
                upstream.cancel();
            }
            downstream.onFailure(failure);
        }

        /** @return the current subscription, to be cancelled */
        private synchronized Flow.@Nullable Subscription end() {
            isTerminated = true;
            queued.clear();
            return currentSubscription();
        }

        private Flow.@Nullable Subscription currentSubscription() {
            return current == null ? null : current.subscription;
        }

        /** The subscription to the current stream. */
        private final class Inner implements MultiSubscriber<R> {
            private Flow.@Nullable Subscription subscription;

            @Override
            public void onSubscribe(Flow.Subscription started) {
                long initial;
                boolean isTooLate;
                synchronized (ChainSubscription.this) {
                    subscription = started;
                    // The demand so far. Later demand goes to this subscription directly.
                    initial = demand;
                    isTooLate = isTerminated;
                }
                if (isTooLate) {
                    started.cancel();
                } else {
                    started.request(initial);
                }
            }

            @Override
            public void onItem(R item) {
                synchronized (ChainSubscription.this) {
                    if (isTerminated) {
                        return;
                    }
                    if (demand != Long.MAX_VALUE) {
                        demand = Math.max(0, demand - 1);
                    }
                }
                downstream.onItem(item);
            }

            @Override
            public void onFailure(Throwable failure) {
                source.cancel();
                fail(failure);
            }

            @Override
            public void onCompletion() {
                synchronized (ChainSubscription.this) {
                    current = null;
                }
                advance();
            }
        }
    }
}
