package io.telltale.evaluate.streaming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Figures that each round of a cell measures at most once. */
final class Rounds {

    private final Map<String, List<Double>> figures = new LinkedHashMap<>();

    /** Adds nothing if the value is not a number: a round in which nothing came has no such figure. */
    void add(String figure, double value) {
        if (Double.isNaN(value)) {
            return;
        }
        figures.computeIfAbsent(figure, unknown -> new ArrayList<>()).add(value);
    }

    void add(String figure, long value) {
        add(figure, (double) value);
    }

    /** The values of each figure, in the order of the rounds. */
    Map<String, Object> figures() {
        return new LinkedHashMap<>(figures);
    }
}
