package io.telltale.streams;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Takes the items of a stream one by one: subscribes to it with the first call of {@link #next()}, and requests one
 * item with each. So streams can be read side by side. Sends no signal while it holds its lock.
 */
public final class PulledStream<T> {

    private final Multi<T> source;

    // Guarded by this.
    private Flow.@Nullable Subscription subscription;
    private @Nullable UniEmitter<? super Optional<T>> waiting;
    private @Nullable Throwable failure;
    private boolean isSubscribed;
    private boolean isEnded;

    public PulledStream(Multi<T> source) {
        this.source = source;
    }

    /** The next item; empty at the end. Call it again when the item before has been received. */
    public Uni<Optional<T>> next() {
        return Uni.createFrom().<Optional<T>>emitter(this::request);
    }

    /** Cancels the stream. An item that is being waited for never arrives. */
    public void cancel() {
        Flow.Subscription started;
        synchronized (this) {
            isEnded = true;
            waiting = null;
            started = subscription;
        }
        if (started != null) {
            started.cancel();
        }
    }

    private void request(UniEmitter<? super Optional<T>> emitter) {
        Flow.Subscription started;
        Throwable failed;
        boolean ended;
        boolean subscribes;
        synchronized (this) {
            ended = isEnded;
            failed = failure;
            started = subscription;
            subscribes = !isSubscribed;
            isSubscribed = true;
            waiting = ended ? null : emitter;
        }
        if (failed != null) {
            emitter.fail(failed);
        } else if (ended) {
            emitter.complete(Optional.empty());
        } else if (subscribes) {
            source.subscribe(new Subscriber());
        } else if (started != null) {
            started.request(1);
        }
    }

    private synchronized @Nullable UniEmitter<? super Optional<T>> received() {
        UniEmitter<? super Optional<T>> emitter = waiting;
        waiting = null;
        return emitter;
    }

    private synchronized @Nullable UniEmitter<? super Optional<T>> ended(@Nullable Throwable cause) {
        isEnded = true;
        failure = cause;
        return received();
    }

    private final class Subscriber implements MultiSubscriber<T> {

        @Override
        public void onSubscribe(Flow.Subscription started) {
            boolean isTooLate;
            synchronized (PulledStream.this) {
                subscription = started;
                isTooLate = isEnded;
            }
            if (isTooLate) {
                started.cancel();
            } else {
                started.request(1);
            }
        }

        @Override
        public void onItem(T item) {
            UniEmitter<? super Optional<T>> emitter = received();
            if (emitter != null) {
                emitter.complete(Optional.of(item));
            }
        }

        @Override
        public void onFailure(Throwable cause) {
            UniEmitter<? super Optional<T>> emitter = ended(cause);
            if (emitter != null) {
                emitter.fail(cause);
            }
        }

        @Override
        public void onCompletion() {
            UniEmitter<? super Optional<T>> emitter = ended(null);
            if (emitter != null) {
                emitter.complete(Optional.empty());
            }
        }
    }
}
