package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.streams.Concatenation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/** Asks for some things ahead of the one that is given next, so that who takes them in order need not wait for each. */
public final class ReadAhead {

    private ReadAhead() {}

    /**
     * What {@code work} makes of the elements, in their order. Nothing is begun before somebody asks, and never more than
     * {@code ahead} are begun that were not taken; those come to their end even if nobody wants them any more.
     */
    public static <T, R> Multi<R> inOrder(List<T> elements, int ahead, Function<T, Uni<R>> work) {
        if (elements.isEmpty()) {
            return Multi.createFrom().empty();
        }
        return Multi.createFrom().deferred(() -> {
            Iterator<T> rest = elements.iterator();
            Deque<Uni<R>> begun = new ArrayDeque<>();
            return Multi.createFrom().range(0, elements.size()).plug(Concatenation.unis(element -> {
                while (begun.size() < ahead && rest.hasNext()) {
                    begun.add(begin(work.apply(rest.next())));
                }
                return begun.remove();
            }));
        });
    }

    private static <R> Uni<R> begin(Uni<R> work) {
        Uni<R> result = work.memoize().indefinitely();
        // Whoever takes it hears of its failure.
        result.subscribe().with(done -> {}, failure -> {});
        return result;
    }
}
