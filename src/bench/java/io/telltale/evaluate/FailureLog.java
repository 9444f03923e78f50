package io.telltale.evaluate;

import io.telltale.bench.BenchException;
import io.telltale.bench.Project;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** The stack traces of failed cells and reports, in the directory for their logs under {@code target}. */
final class FailureLog {

    private FailureLog() {}

    /** Writes the stack trace, and returns the file. */
    static Path write(String name, Throwable failure) {
        Path file = directory(name).resolve("failure.txt");
        try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(file))) {
            failure.printStackTrace(writer);
            return file;
        } catch (IOException e) {
            throw new BenchException("could not write " + file, e);
        }
    }

    /** Creates the directory for logs of a cell, a plant or a page. */
    static Path directory(String name) {
        Path directory = Project.directory().resolve("target/evaluate").resolve(name);
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new BenchException("could not create " + directory, e);
        }
    }
}
