package io.telltale.evaluate.queries;

import java.util.List;

/**
 * Cells that differ in one thing.
 *
 * @param what differs, and between what, as the begin of a sentence
 * @param isChoice whether an operator or the service chooses it; otherwise it is given
 * @param variants in the order of a table
 */
record Comparison(String what, boolean isChoice, List<Variant> variants) {

    /**
     * A cell, and what is special about it among those that it is compared with.
     *
     * @param readers which of its numbers of readers is compared
     */
    record Variant(String label, QueryCell cell, int readers) {

        /** By one reader. */
        Variant(String label, QueryCell cell) {
            this(label, cell, 1);
        }
    }

    Comparison {
        variants = List.copyOf(variants);
    }

    static Comparison ofChoice(String what, Variant... variants) {
        return new Comparison(what, true, List.of(variants));
    }

    static Comparison ofGiven(String what, Variant... variants) {
        return new Comparison(what, false, List.of(variants));
    }
}
