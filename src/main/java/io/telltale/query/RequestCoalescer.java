package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A read that several ask for at the same time is made once. It is cancelled when the last of them has gone, and whoever
 * asks when it is over begins it anew: nothing is kept. There are never more than requests under way.
 *
 * @param <K> what is read; equal where the answer is
 * @param <V> the answer
 */
final class RequestCoalescer<K, V> {

    /**
     * Who asks later begins anew, though the read is still under way: what it says of itself may be {@link IngestWatermarks 5 s}
     * old from the first, and is to be no older than twice that.
     */
    static final Duration JOINED_FOR = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    private final Map<K, Read> underWay = new ConcurrentHashMap<>();

    RequestCoalescer() {
        this(System::nanoTime);
    }

    RequestCoalescer(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The answer of the read that is under way, or else of this one. */
    Uni<V> join(K key, Supplier<Uni<V>> read) {
        return Uni.createFrom()
                .deferred(() -> underWay.compute(
                                key,
                                (asked, current) ->
                                        current != null && current.isJoined() ? current : new Read(asked, read))
                        .answer
                        .toUni())
                // It ended in the very moment of joining it.
                .onItem()
                .ifNull()
                .switchTo(() -> read.get());
    }

    /** How many reads are under way that others may join. */
    int size() {
        return underWay.size();
    }

    private final class Read {
        private final long begunNanos = nanoTime.getAsLong();
        private final Multi<V> answer;

        Read(K key, Supplier<Uni<V>> read) {
            this.answer = Uni.createFrom()
                    .deferred(() -> read.get())
                    .onTermination()
                    .invoke(() -> underWay.remove(key, this))
                    .toMulti()
                    .broadcast()
                    .withCancellationAfterLastSubscriberDeparture()
                    .toAllSubscribers();
        }

        boolean isJoined() {
            return nanoTime.getAsLong() - begunNanos < JOINED_FOR.toNanos();
        }
    }
}
