package io.telltale.bench;

import java.nio.file.Path;

/** Where things are. */
final class Project {

    private Project() {}

    /** The project's directory: the profile {@code bench} says it, an IDE starts in it. */
    static Path directory() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    }
}
