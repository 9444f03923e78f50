package io.telltale.packing;

import io.telltale.store.Page;
import java.util.Optional;
import java.util.function.Function;

/** The items of pages one by one. Holds one page. */
final class PagedItems<T> {

    private final Function<Page<T>, Optional<Page<T>>> next;
    private Page<T> page;
    private int at;

    /** @param next the page after a page; empty on the last one */
    PagedItems(Page<T> first, Function<Page<T>, Optional<Page<T>>> next) {
        this.page = first;
        this.next = next;
    }

    /** The current item; empty at the end. */
    Optional<T> current() {
        while (at == page.items().size()) {
            Optional<Page<T>> following = next.apply(page);
            if (following.isEmpty()) {
                return Optional.empty();
            }
            page = following.get();
            at = 0;
        }
        return Optional.of(page.items().get(at));
    }

    /** Moves to the next item. */
    void advance() {
        at++;
    }
}
