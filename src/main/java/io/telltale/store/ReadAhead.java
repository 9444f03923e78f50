package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.streams.Concatenation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/** Starts asynchronous work ahead of demand, so that a subscriber does not wait for each element in turn. */
public final class ReadAhead {

    private ReadAhead() {}

    /**
     * The results of {@code work} for each element, in their order. Starts with the first request, and runs at most
     * {@code ahead} elements ahead of the subscriber. Work that has started also completes after a cancellation.
     */
    public static <T, R> Multi<R> inOrder(List<T> elements, int ahead, Function<T, Uni<R>> work) {
        if (elements.isEmpty()) {
            return Multi.createFrom().empty();
        }
        return Multi.createFrom().deferred(() -> {
            Iterator<T> rest = elements.iterator();
            Deque<Uni<R>> started = new ArrayDeque<>();
            return Multi.createFrom().range(0, elements.size()).plug(Concatenation.unis(element -> {
                while (started.size() < ahead && rest.hasNext()) {
                    started.add(start(work.apply(rest.next())));
                }
                return started.remove();
            }));
        });
    }

    private static <R> Uni<R> start(Uni<R> work) {
        Uni<R> result = work.memoize().indefinitely();
        // The subscriber that takes the result receives its failure.
        result.subscribe().with(done -> {}, failure -> {});
        return result;
    }
}
