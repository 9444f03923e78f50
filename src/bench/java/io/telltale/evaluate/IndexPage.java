package io.telltale.evaluate;

import io.telltale.bench.Machine;
import io.telltale.bench.Page;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The first page: chapters, violated safety promises, and cells that failed or have no result.
 *
 * @param chapters all, in the order of the report
 * @param failed why cells failed in the last run
 */
record IndexPage(List<ChapterResults> chapters, Map<String, String> failed) {

    /** Written by hand, for the results in the repository. */
    private static final String CHOICE = "what-to-choose.md";

    private static final int MOST_NAMES = 12;

    private static final String PREFACE = """
            # Evaluation

            What partitioning, replication, streaming, consistency and queries cost on real clusters, with node failures and
            network partitions. `mvn -Pevaluate` measures the quick cells, `mvn -Pevaluate -Dfull` all of them, and both
            write these pages from all stored results. Each figure is in the raw result of a cell.
            """;

    /** @param unknown stored results that belong to no cell */
    Page text(EvaluateOptions options, Machine machine, List<String> unknown) {
        Page page = new Page(PREFACE);
        List<Result> results =
                chapters.stream().flatMap(each -> each.results().stream()).toList();
        if (Files.exists(options.directory().resolve(CHOICE))) {
            page.paragraph(
                    "[What to choose](%s) says which settings follow from it for six typical users.".formatted(CHOICE));
        }
        page.section("Last run");
        page.run(options.command(), machine);
        page.row("seed", Long.toString(options.seed()));
        page.section("Chapters");
        page.table("chapter", "question", "cells with a result", "cells");
        chapters.forEach(each -> page.row(
                each.byCell().isEmpty() ? each.title() : "[%s](%s)".formatted(each.title(), each.page()),
                each.chapter().question(),
                Integer.toString(each.byCell().size()),
                Integer.toString(each.cells().size())));
        page.section("Violated safety promises");
        appendViolated(page);
        page.section("Missing and failed cells");
        appendMissing(page);
        if (!results.isEmpty()) {
            page.section("Machines and limits");
            Provenance.append(page, results);
        }
        if (!unknown.isEmpty()) {
            page.section("Results without a cell");
            page.paragraph("No cell has these names now, so no page shows them: %s. Delete their files."
                    .formatted(String.join(", ", unknown)));
        }
        return page;
    }

    private void appendViolated(Page page) {
        int promising = 0;
        List<String[]> rows = new ArrayList<>();
        for (ChapterResults each : chapters) {
            for (Cell cell : each.cells()) {
                Result result = each.byCell().get(cell.name());
                if (cell.promisesSafety() && result != null) {
                    promising++;
                    result.checks().stream()
                            .filter(check -> !check.held())
                            .forEach(check -> rows.add(
                                    new String[] {result.link(), check.name(), EvaluationPages.text(check.detail())}));
                }
            }
        }
        if (rows.isEmpty()) {
            page.paragraph("None in %d cells with a result that promise safety.".formatted(promising));
            return;
        }
        page.table("cell", "check", "detail");
        rows.forEach(page::row);
    }

    private void appendMissing(Page page) {
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        for (ChapterResults each : chapters) {
            for (Cell cell : each.cells()) {
                if (!each.byCell().containsKey(cell.name()) || failed.containsKey(cell.name())) {
                    byReason.computeIfAbsent(reason(each, cell), first -> new ArrayList<>())
                            .add(cell.name());
                }
            }
        }
        if (byReason.isEmpty()) {
            page.paragraph("None.");
            return;
        }
        page.table("why", "number", "cells");
        byReason.forEach((reason, cells) ->
                page.row(EvaluationPages.text(reason), Integer.toString(cells.size()), names(cells)));
    }

    private static String names(List<String> cells) {
        String first = cells.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
        return cells.size() > MOST_NAMES ? first + ", …" : first;
    }

    private String reason(ChapterResults chapter, Cell cell) {
        String failure = failed.get(cell.name());
        if (failure != null) {
            return (chapter.byCell().containsKey(cell.name())
                            ? "failed in the last run, pages show an older result: "
                            : "failed in the last run: ")
                    + failure;
        }
        return cell.obstacle().get().map(reason -> "skipped: " + reason).orElseGet(() -> {
            if (chapter.outdated().contains(cell.name())) {
                return "the stored result has other settings or faults";
            }
            return cell.isQuick() ? "not measured yet" : "not measured yet; `-Dfull` does";
        });
    }
}
