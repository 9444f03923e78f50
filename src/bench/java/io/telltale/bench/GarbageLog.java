package io.telltale.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much a JVM has allocated, from the log of its garbage collector: what the heap grew by between one collection and
 * the next. To within a megabyte for each collection, and what was allocated since the last one is not in it.
 */
final class GarbageLog {

    private static final Pattern COLLECTION = Pattern.compile("Pause .* ([0-9]+)M->([0-9]+)M\\(");

    private final Path file;

    GarbageLog(Path file) {
        this.file = file;
    }

    /** What has the JVM write it. */
    String option() {
        return "-Xlog:gc:file=" + file + "::filecount=0";
    }

    /** Megabytes since the start; 0 before the first collection. */
    long allocatedMegabytes() {
        return Files.exists(file) ? allocated(lines()) : 0;
    }

    static long allocated(List<String> lines) {
        long allocated = 0;
        long left = 0;
        for (String line : lines) {
            Matcher collection = COLLECTION.matcher(line);
            if (collection.find()) {
                allocated += Long.parseLong(collection.group(1)) - left;
                left = Long.parseLong(collection.group(2));
            }
        }
        return allocated;
    }

    private List<String> lines() {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new BenchException("could not read " + file, e);
        }
    }
}
