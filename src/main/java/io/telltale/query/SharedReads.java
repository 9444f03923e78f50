package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * A read that several ask for at the same time is made once. It is cancelled when the last of them has gone, and whoever
 * asks when it is over begins it anew: nothing is kept. There are never more than requests under way.
 *
 * @param <K> what is read; equal where the answer is
 * @param <V> the answer
 */
final class SharedReads<K, V> {

    private final Map<K, Multi<V>> underWay = new ConcurrentHashMap<>();

    /** The answer of the read that is under way, or else of this one. */
    Uni<V> join(K key, Supplier<Uni<V>> read) {
        return Uni.createFrom()
                .deferred(() -> underWay.computeIfAbsent(key, first -> begin(first, read))
                        .toUni())
                // It ended in the very moment of joining it.
                .onItem()
                .ifNull()
                .switchTo(() -> read.get());
    }

    private Multi<V> begin(K key, Supplier<Uni<V>> read) {
        return Uni.createFrom()
                .deferred(() -> read.get())
                .onTermination()
                .invoke(() -> underWay.remove(key))
                .toMulti()
                .broadcast()
                .withCancellationAfterLastSubscriberDeparture()
                .toAllSubscribers();
    }

    /** How many reads are under way. */
    int size() {
        return underWay.size();
    }
}
