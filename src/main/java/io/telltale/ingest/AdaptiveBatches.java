package io.telltale.ingest;

import java.util.List;

/**
 * Splits a list into batches whose size adapts to failures: the whole list first, half as many after each failure,
 * twice as many after each success. So if one request in a hundred fails, batches shrink until most succeed. An element
 * that always fails ends up in a batch of its own; elements before it are complete, elements behind it wait.
 */
final class AdaptiveBatches<T> {

    private final List<T> list;
    private int from;
    private int size;

    /** @param list not empty */
    AdaptiveBatches(List<T> list) {
        this.list = list;
        this.size = list.size();
    }

    /** The next batch; begins with the same element until a batch is {@link #done}. */
    List<T> next() {
        return list.subList(from, Math.min(list.size(), from + size));
    }

    /** Reports that the batch failed. */
    void failed() {
        size = Math.max(1, next().size() / 2);
    }

    /** Reports that the batch succeeded. */
    void done() {
        from += next().size();
        size *= 2;
    }

    /** Whether elements are left. */
    boolean isMore() {
        return from < list.size();
    }
}
