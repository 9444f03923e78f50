package io.telltale.ingest;

import java.util.List;

/**
 * A list that is dealt with from its beginning in groups: all at once while that goes well, half as many after each failure,
 * twice as many again after each success. So where one request in a hundred is refused, groups shrink until most of them go
 * well. An element that always fails is met alone in the end: what stands before it is done, what is behind it waits.
 */
final class AdaptiveBatches<T> {

    private final List<T> list;
    private int from;
    private int together;

    /** @param list not empty */
    AdaptiveBatches(List<T> list) {
        this.list = list;
        this.together = list.size();
    }

    /** The group that is to be dealt with next; the same elements, or fewer of them, until they are {@link #done}. */
    List<T> next() {
        return list.subList(from, Math.min(list.size(), from + together));
    }

    /** The group could not be dealt with. */
    void failed() {
        together = Math.max(1, next().size() / 2);
    }

    /** The group is dealt with. */
    void done() {
        from += next().size();
        together *= 2;
    }

    /** Whether something is left. */
    boolean isMore() {
        return from < list.size();
    }
}
