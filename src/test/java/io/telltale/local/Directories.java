package io.telltale.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Where the local stack keeps things: under {@code target/local} of the project, gone with {@code mvn clean}. */
final class Directories {

    private static final AtomicInteger NEXT = new AtomicInteger(1);

    private Directories() {}

    /** The project's directory: Surefire and the profile {@code local} say it, an IDE starts in it. */
    static Path project() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    }

    static Path target() {
        return project().resolve("target");
    }

    static Path local() {
        return target().resolve("local");
    }

    /**
     * A new directory of this process for data that nobody needs tomorrow. Those of processes that are gone are swept
     * up on the way, so that the logs of the last run can be read until the next one, and disks do not fill.
     */
    static Path fresh(String purpose) {
        sweep();
        return create(local().resolve(
                        "%s-%d-%d".formatted(purpose, ProcessHandle.current().pid(), NEXT.getAndIncrement())));
    }

    static Path create(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new LocalStackException("could not create the directory " + directory, e);
        }
    }

    /** Deletes {@code directory} with all that is in it, as far as it can. */
    static void delete(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            // Left behind under target/, or swept up by another process at this moment; the next sweep tries again.
        }
    }

    private static void sweep() {
        try (Stream<Path> entries = Files.list(create(local()))) {
            entries.filter(Files::isDirectory)
                    .filter(Directories::isOfADeadProcess)
                    .toList()
                    .forEach(Directories::delete);
        } catch (IOException e) {
            throw new LocalStackException("could not list " + local(), e);
        }
    }

    private static boolean isOfADeadProcess(Path directory) {
        String[] parts = directory.getFileName().toString().split("-", -1);
        if (parts.length < 3 || !parts[parts.length - 2].matches("\\d{1,18}")) {
            return false;
        }
        return ProcessHandle.of(Long.parseLong(parts[parts.length - 2])).isEmpty();
    }
}
