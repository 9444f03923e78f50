package io.telltale.evaluate;

import io.telltale.bench.CommandLine;
import io.telltale.bench.Project;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code mvn -Pevaluate}.
 *
 * @param isFull whether hours are available, {@code -Dfull}: all cells instead of the quick ones
 * @param chapter only its cells, {@code -Dchapter=}
 * @param cell only this one, quick or not, {@code -Dcell=}
 * @param isResumed whether stored results are reused, {@code -Dresume=}
 * @param plant the check that must catch a planted fault, {@code -Dplant=}; no cell of a chapter runs then
 * @param directory of pages and results, {@code -Doutput=}, relative to the project's directory
 * @param seed of all that is random, {@code -Dseed=}
 * @param command the command line with these options
 */
record EvaluateOptions(
        boolean isFull,
        Optional<String> chapter,
        Optional<String> cell,
        boolean isResumed,
        Optional<Check> plant,
        Path directory,
        long seed,
        String command) {

    private static final List<String> OPTIONS = List.of("full", "chapter", "cell", "resume", "plant", "output", "seed");
    private static final Set<String> FLAGS = Set.of("full", "resume");
    private static final String OUTPUT = "docs/evaluation";
    private static final long SEED = 20_260_101;

    /**
     * Reads the options.
     *
     * @param properties the value of a property, null if it is not set
     * @throws IllegalArgumentException if a value is wrong; the message names option, value and expectation
     */
    static EvaluateOptions from(UnaryOperator<@Nullable String> properties, List<Chapter> chapters) {
        Optional<Check> plant = plant(properties.apply("plant"));
        Optional<String> chapter = chapter(properties.apply("chapter"), chapters);
        Optional<String> cell = cell(properties.apply("cell"), chapter, chapters);
        if (plant.isPresent()) {
            chapter.ifPresent(value -> {
                throw wrong("chapter", value, "no chapter with -Dplant");
            });
            cell.ifPresent(value -> {
                throw wrong("cell", value, "no cell with -Dplant");
            });
        }
        return new EvaluateOptions(
                flag("full", properties.apply("full"), false),
                chapter,
                cell,
                flag("resume", properties.apply("resume"), true),
                plant,
                directory(properties.apply("output")),
                seed(properties.apply("seed")),
                new CommandLine("mvn -Pevaluate", OPTIONS, FLAGS).with(properties));
    }

    /** {@code quick} or {@code full}: full measurements have more rounds. */
    String form() {
        return isFull ? "full" : "quick";
    }

    private static Optional<String> chapter(@Nullable String value, List<Chapter> chapters) {
        if (value != null
                && chapters.stream().noneMatch(chapter -> chapter.name().equals(value))) {
            throw wrong("chapter", value, "one of " + names(chapters));
        }
        return Optional.ofNullable(value);
    }

    private static Optional<String> cell(@Nullable String value, Optional<String> ofChapter, List<Chapter> chapters) {
        if (value == null) {
            return Optional.empty();
        }
        List<Chapter> candidates = chapters.stream()
                .filter(chapter -> ofChapter.isEmpty() || ofChapter.get().equals(chapter.name()))
                .toList();
        List<String> cells = candidates.stream()
                .flatMap(chapter -> chapter.cells().stream())
                .map(Cell::name)
                .toList();
        if (!cells.contains(value)) {
            String first = value.split("-", -1)[0];
            List<String> similar =
                    cells.stream().filter(cell -> cell.startsWith(first + "-")).toList();
            throw wrong(
                    "cell",
                    value,
                    similar.isEmpty()
                            ? "a cell of the chapter %s".formatted(names(candidates))
                            : "one of " + String.join(", ", similar));
        }
        return Optional.of(value);
    }

    private static String names(List<Chapter> chapters) {
        return chapters.stream().map(Chapter::name).collect(Collectors.joining(", "));
    }

    private static Optional<Check> plant(@Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        return Optional.of(Check.of(value).orElseThrow(() -> wrong("plant", value, "one of " + Check.labels())));
    }

    private static Path directory(@Nullable String value) {
        String output = value == null ? OUTPUT : value;
        try {
            Path directory = Project.directory().resolve(output);
            if (!output.isBlank() && (Files.isDirectory(directory) || Files.notExists(directory))) {
                return directory;
            }
        } catch (InvalidPathException e) {
            // No path is no directory.
        }
        throw wrong("output", output, "a directory, relative to the project's directory");
    }

    private static long seed(@Nullable String value) {
        if (value == null) {
            return SEED;
        }
        if (value.matches("\\d{1,18}")) {
            return Long.parseLong(value);
        }
        throw wrong("seed", value, "a whole number of 1 to 18 digits");
    }

    private static boolean flag(String option, @Nullable String value, boolean otherwise) {
        if (value == null) {
            return otherwise;
        }
        return switch (value) {
            case "", "true" -> true;
            case "false" -> false;
            default -> throw wrong(option, value, "nothing after -D%s, or true or false".formatted(option));
        };
    }

    private static IllegalArgumentException wrong(String option, String value, String expected) {
        return new IllegalArgumentException("-D%s=%s: expected %s".formatted(option, value, expected));
    }
}
