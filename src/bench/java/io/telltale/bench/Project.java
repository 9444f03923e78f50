package io.telltale.bench;

import java.nio.file.Path;

/** Where things are. */
public final class Project {

    private Project() {}

    /** The project's directory: the Maven profile sets it, an IDE starts in it. */
    public static Path directory() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    }
}
