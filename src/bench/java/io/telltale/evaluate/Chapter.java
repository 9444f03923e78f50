package io.telltale.evaluate;

import io.telltale.bench.Page;
import java.nio.file.Path;
import java.util.List;

/** A question, the cells that measure it, and the part of the page that answers it. */
public interface Chapter {

    /** As in {@code -Dchapter=}. */
    String name();

    /** One sentence that ends with a question mark. */
    String question();

    /** How it is measured: points, with an empty line between two of them. */
    String method();

    /** All cells, quick or not, in the order in which they run within an environment. */
    List<Cell> cells();

    /** The answers to the question, as sentences that are computed from the results; without those not measured. */
    List<String> conclusions(List<Result> results);

    /**
     * Appends tables and plots to the page. Every figure comes from the results.
     *
     * @param results those present of this chapter, in the order of {@link #cells}; not empty
     * @param directory of the page, where plots go ({@link Figure})
     */
    void report(List<Result> results, Page page, Path directory);
}
