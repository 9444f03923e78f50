package io.telltale.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A chapter and what is stored of it.
 *
 * @param cells all of the chapter
 * @param byCell current results by the name of the cell, in the order of the cells
 * @param outdated the names of cells whose results have other settings or faults
 */
record ChapterResults(Chapter chapter, List<Cell> cells, Map<String, Result> byCell, List<String> outdated) {

    static ChapterResults of(Chapter chapter, ResultStore store) {
        List<Cell> cells = chapter.cells();
        Map<String, Result> byCell = new LinkedHashMap<>();
        List<String> outdated = new ArrayList<>();
        for (Cell cell : cells) {
            store.find(chapter.name(), cell).ifPresent(result -> byCell.put(cell.name(), result));
            if (store.hasOutdated(chapter.name(), cell)) {
                outdated.add(cell.name());
            }
        }
        return new ChapterResults(chapter, cells, byCell, outdated);
    }

    List<Result> results() {
        return List.copyOf(byCell.values());
    }

    /** The name of the file. */
    String page() {
        return chapter.name() + ".md";
    }

    /** The name as a title. */
    String title() {
        return chapter.name().substring(0, 1).toUpperCase(Locale.ROOT)
                + chapter.name().substring(1);
    }
}
