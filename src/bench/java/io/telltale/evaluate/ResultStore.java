package io.telltale.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.telltale.bench.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The raw results, {@code results/<cell>.json} each.
 *
 * <p>A stored result is <em>current</em> if its chapter, cell, settings and faults are those of the cell: then pages
 * show it. It is <em>reusable</em> if it also has the seed of the run, and was measured in the full form or the run is
 * quick: then a resumed run does not measure the cell again. Commit, versions and machine do not count: a full run
 * takes hours and may continue after an unrelated commit or on another machine. Pages list all of them.
 *
 * <p>The form is stored as a setting, because full measurements have more rounds.
 */
final class ResultStore {

    private static final String FORM = "form";
    private static final String EXTENSION = ".json";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path directory;

    /** A store in {@code results} of a directory. */
    ResultStore(Path parent) {
        this.directory = parent.resolve("results");
    }

    /** The settings that are stored for a cell. */
    static Map<String, Object> settings(Cell cell, String form) {
        Map<String, Object> settings = new LinkedHashMap<>(cell.settings());
        settings.put(FORM, form);
        return settings;
    }

    /** The current result of a cell. */
    Optional<Result> find(String chapter, Cell cell) {
        return read(cell.name()).filter(result -> isCurrent(result, chapter, cell));
    }

    /** The result that a resumed run reuses. */
    Optional<Result> findReusable(String chapter, Cell cell, EvaluateOptions options) {
        return find(chapter, cell)
                .filter(result -> result.seed() == options.seed())
                .filter(result -> !options.isFull() || result.setting(FORM).equals(options.form()));
    }

    private static boolean isCurrent(Result result, String chapter, Cell cell) {
        return result.chapter().equals(chapter)
                && result.cell().equals(cell.name())
                && result.faults().equals(cell.faults())
                && canonical(result.settings()).equals(canonical(settings(cell, result.setting(FORM))));
    }

    /** As read from JSON, where a number has one type only. */
    private static JsonNode canonical(Map<String, Object> settings) {
        try {
            return JSON.readTree(JSON.writeValueAsBytes(settings));
        } catch (IOException e) {
            throw new BenchException("settings cannot be written as JSON: " + settings, e);
        }
    }

    private Optional<Result> read(String cell) {
        Path file = directory.resolve(cell + EXTENSION);
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(file.toFile(), Result.class));
        } catch (IOException e) {
            throw new BenchException(
                    "%s is not a result: %s. Delete it, or restore it from version control"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    /** Replaces the result of a cell. An interrupted run leaves the old one or the new one, never a part. */
    void save(Result result) {
        Path file = directory.resolve(result.cell() + EXTENSION);
        try {
            Files.createDirectories(directory);
            Path temporary = directory.resolve(result.cell() + ".tmp");
            Files.writeString(temporary, JSON.writeValueAsString(result) + "\n");
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new BenchException("could not write " + file, e);
        }
    }

    /** Whether a result of the cell exists that was measured with other settings or faults. */
    boolean hasOutdated(String chapter, Cell cell) {
        return read(cell.name())
                .filter(result -> !isCurrent(result, chapter, cell))
                .isPresent();
    }

    /** The names of stored results that belong to no cell. */
    List<String> unknown(Set<String> cells) {
        if (Files.notExists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(EXTENSION))
                    .map(name -> name.substring(0, name.length() - EXTENSION.length()))
                    .filter(name -> !cells.contains(name))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new BenchException("could not list " + directory, e);
        }
    }
}
