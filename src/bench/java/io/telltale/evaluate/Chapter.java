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

    /** How it is measured, in a paragraph. */
    String method();

    /** All cells, quick or not, in the order in which they run within an environment. */
    List<Cell> cells();

    /**
     * Appends tables, plots and conclusions to the page. Every figure comes from the results; conclusions are computed
     * from them, too.
     *
     * @param results those present of this chapter, in the order of {@link #cells}; not empty
     * @param directory of the page, where plots go ({@link Figure})
     */
    void report(List<Result> results, Page page, Path directory);
}
