package io.telltale.evaluate;

import io.telltale.bench.Page;
import java.nio.file.Path;
import java.util.List;

/** A chapter with the cells of a test. Its report names the cells of its results. */
record FakeChapter(String name, List<Cell> cells) implements Chapter {

    FakeChapter {
        cells = List.copyOf(cells);
    }

    @Override
    public String question() {
        return "What does %s cost?".formatted(name);
    }

    @Override
    public String method() {
        return "By counting.";
    }

    @Override
    public List<String> conclusions(List<Result> results) {
        return List.of("It was counted %d times.".formatted(results.size()));
    }

    @Override
    public void report(List<Result> results, Page page, Path directory) {
        if (name.equals("broken")) {
            throw new IllegalStateException("no report | of it");
        }
        page.list(results.stream().map(result -> "reported " + result.cell()).toList());
    }
}
