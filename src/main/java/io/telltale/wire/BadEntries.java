package io.telltale.wire;

import io.telltale.wire.DecodeResult.Rejected;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;

/** Summarizes bad entries for a dead letter: the indexes of all, and the details of the first three. */
final class BadEntries {

    private static final int MAX_LISTED = 3;
    private static final int MAX_STRETCHES = 64;

    /** Consecutive indexes. */
    private record Stretch(int first, int last) {
        @Override
        public String toString() {
            return first == last ? Integer.toString(first) : first + "-" + last;
        }
    }

    private BadEntries() {}

    /**
     * The reason of the first bad entry, and a detail with the indexes of all, such as {@code 1, 3-5}, and the details
     * of the first three. After 64 ranges of indexes it only counts, so that a header stays small.
     */
    static Rejected summary(SortedMap<Integer, Rejected> bad) {
        StringBuilder detail =
                new StringBuilder(bad.size() == 1 ? "bad entry of the pack: " : "bad entries of the pack: ");
        listIndexes(bad, detail);
        bad.entrySet().stream().limit(MAX_LISTED).forEach(entry -> detail.append("; entry ")
                .append(entry.getKey())
                .append(": ")
                .append(entry.getValue().detail()));
        return new Rejected(bad.values().iterator().next().reason(), detail.toString());
    }

    private static void listIndexes(SortedMap<Integer, Rejected> bad, StringBuilder detail) {
        List<Stretch> stretches = stretches(bad.keySet().iterator());
        int listed = 0;
        for (Stretch stretch : stretches.subList(0, Math.min(MAX_STRETCHES, stretches.size()))) {
            detail.append(listed == 0 ? "" : ", ").append(stretch);
            listed += stretch.last - stretch.first + 1;
        }
        if (listed < bad.size()) {
            detail.append(" and ").append(bad.size() - listed).append(" more");
        }
    }

    private static List<Stretch> stretches(Iterator<Integer> indexes) {
        List<Stretch> stretches = new ArrayList<>();
        int first = indexes.next();
        int last = first;
        while (indexes.hasNext()) {
            int index = indexes.next();
            if (index != last + 1) {
                stretches.add(new Stretch(first, last));
                first = index;
            }
            last = index;
        }
        stretches.add(new Stretch(first, last));
        return stretches;
    }
}
