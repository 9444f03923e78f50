package io.telltale.evaluate;

import io.telltale.bench.BenchException;
import io.telltale.bench.Machine;
import io.telltale.bench.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes the pages of the evaluation from all stored results, also those of earlier runs. */
final class EvaluationPages {

    private final EvaluateOptions options;
    private final Machine machine;
    private final ResultStore store;

    EvaluationPages(EvaluateOptions options, Machine machine, ResultStore store) {
        this.options = options;
        this.machine = machine;
        this.store = store;
    }

    /** Writes the index, and a page for each chapter that has results. Adds to the summary what fails. */
    void write(List<Chapter> chapters, RunSummary summary) {
        List<ChapterResults> results = chapters.stream()
                .map(chapter -> ChapterResults.of(chapter, store))
                .toList();
        for (ChapterResults each : results) {
            if (!each.byCell().isEmpty()) {
                write(each.page(), chapter(each, summary));
            }
        }
        Set<String> cells = results.stream()
                .flatMap(each -> each.cells().stream())
                .map(Cell::name)
                .collect(Collectors.toSet());
        IndexPage index = new IndexPage(results, summary.failed());
        write("index.md", index.text(options, machine, store.unknown(cells)));
    }

    /** Reports a failure on its page. The other pages do not depend on it. */
    private static void failed(ChapterResults of, RuntimeException failure, Page page, RunSummary summary) {
        FailureLog.write(of.page(), failure);
        summary.addFailed(of.page(), failure.toString());
        page.paragraph("**The report failed: %s**".formatted(text(failure.toString())));
    }

    private static List<String> points(String method) {
        return Arrays.stream(method.split("\n\n"))
                .map(point -> point.replace('\n', ' '))
                .toList();
    }

    private Page chapter(ChapterResults of, RunSummary summary) {
        Chapter chapter = of.chapter();
        List<Result> results = of.results();
        Page page = new Page("# %s%n%n**%s**%n".formatted(of.title(), chapter.question()));
        page.paragraph("`mvn -Pevaluate` writes this page from the [raw results](#raw-results): %d of %d cells. The"
                        .formatted(results.size(), of.cells().size())
                + " [index](index.md) lists all chapters.");
        try {
            List<String> conclusions = chapter.conclusions(results);
            if (!conclusions.isEmpty()) {
                page.section("Conclusions").list(conclusions);
            }
        } catch (RuntimeException e) {
            failed(of, e, page, summary);
        }
        page.section("Method").list(points(chapter.method()));
        page.section("Machine and limits");
        Provenance.append(page, results);
        page.section("Results");
        try {
            chapter.report(results, page, options.directory());
        } catch (RuntimeException e) {
            failed(of, e, page, summary);
        }
        page.section("Raw results");
        page.table("cell", "settings", "faults", "failed checks", "seed", "commit", "started", "seconds");
        results.forEach(result -> page.row(
                result.link(),
                text(settings(result.settings())),
                text(String.join(", ", result.faults())),
                checks(result),
                Long.toString(result.seed()),
                result.commit(),
                result.started(),
                Double.toString(result.seconds())));
        return page;
    }

    private static String settings(Map<String, Object> settings) {
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String checks(Result result) {
        if (result.checks().isEmpty()) {
            return "not checked";
        }
        return result.violated().isEmpty()
                ? "none of %d".formatted(result.checks().size())
                : String.join(", ", result.violated());
    }

    /** Text that does not end a cell of a table. */
    static String text(String any) {
        return any.replace("|", "\\|").replaceAll("\\s+", " ");
    }

    private void write(String name, Page page) {
        Path file = options.directory().resolve(name);
        try {
            Files.createDirectories(options.directory());
            Files.writeString(file, page.toString());
        } catch (IOException e) {
            throw new BenchException("could not write " + file, e);
        }
    }
}
