package io.telltale.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A page of results in Markdown, as it grows from top to bottom. */
public final class Page {

    private final StringBuilder text;

    /** @param preface the title, and how to read what follows */
    public Page(String preface) {
        this.text = new StringBuilder(preface);
    }

    /** How and where it was measured. */
    public Page run(String command, Machine machine) {
        table("run", "");
        row("command", "`%s`".formatted(command));
        row("time", machine.time());
        row("commit", machine.commit());
        row(
                "machine",
                "%s, %d cores, %d GiB; %s"
                        .formatted(machine.processor(), machine.cores(), machine.memoryGib(), machine.system()));
        row(
                "versions",
                machine.versions().entrySet().stream()
                        .map(version -> version.getKey() + " " + version.getValue())
                        .collect(Collectors.joining(", ")));
        return this;
    }

    /** What was wanted, and what came of it; nothing if there are no figures for that. */
    Page targets(List<Target> targets) {
        if (!targets.isEmpty()) {
            section("Targets");
            table("figure", "wanted", "measured", "");
            targets.forEach(target ->
                    row(target.figure(), target.wanted(), target.measured(), target.isMet() ? "met" : "**missed**"));
        }
        return this;
    }

    public Page section(String name) {
        text.append("\n## ").append(name).append('\n');
        return this;
    }

    public Page paragraph(String words) {
        text.append('\n').append(words).append('\n');
        return this;
    }

    /** Begins a table. */
    public Page table(String... columns) {
        text.append('\n');
        row(columns);
        text.append("|---".repeat(columns.length)).append("|\n");
        return this;
    }

    /** Goes on with the table that was begun. */
    public Page row(String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
        return this;
    }

    public Page list(List<String> items) {
        text.append('\n');
        items.forEach(item -> text.append("- ").append(item).append('\n'));
        return this;
    }

    /**
     * Appends plots.
     *
     * @param files beside the page; may be none
     */
    public Page plots(List<String> files) {
        if (!files.isEmpty()) {
            text.append('\n');
            files.forEach(file -> text.append("![%1$s](%1$s)%n".formatted(file)));
        }
        return this;
    }

    /**
     * Writes it, and the same for programs.
     *
     * @param name of both files, without what follows the point
     * @param results what the JSON holds
     */
    void write(Path directory, String name, Object results) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve(name + ".md"), text);
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValue(directory.resolve(name + ".json").toFile(), results);
        } catch (IOException e) {
            throw new BenchException("could not write the results into " + directory, e);
        }
    }

    public static String whole(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    public static String decimal(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }

    /** The median, with the least and the most. */
    public static String whole(Summary summary) {
        return "%s (%s to %s)".formatted(whole(summary.median()), whole(summary.least()), whole(summary.most()));
    }

    /** The median, with the least and the most. */
    public static String decimal(Summary summary) {
        return "%s (%s to %s)".formatted(decimal(summary.median()), decimal(summary.least()), decimal(summary.most()));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
