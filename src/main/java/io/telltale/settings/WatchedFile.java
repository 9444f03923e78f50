package io.telltale.settings;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A file named by a setting, read again within about a second of a change. A file that is broken at the start stops the
 * start; one that breaks later is reported, and its last good version stays in force.
 */
public final class WatchedFile {

    private static final Logger log = Logger.getLogger(WatchedFile.class);

    private static final long CHECK_MILLIS = 1_000;
    private static final long NO_TIMER = -1;

    private final String setting;
    private final Path path;
    private final long maxBytes;
    private final Content content;
    private final Vertx vertx;
    private volatile @Nullable String failure;

    // Used by the startup, then by one worker at a time.
    private volatile @Nullable Version read;
    private long timer = NO_TIMER;

    /** What changes when the file does, also where a link leads elsewhere, as in mounted secrets. */
    private record Version(
            FileTime modified, long bytes, @Nullable Object fileKey) {}

    /** What reads the content of a file. */
    public interface Content {

        /**
         * Puts a version of the file in force.
         *
         * @throws IllegalArgumentException if it is not valid; the message says why
         */
        void read(byte[] bytes);

        /** Called when a later version is not valid or cannot be read, once until the problem changes. */
        default void failed() {}
    }

    /** @param maxBytes a larger file is not read */
    public WatchedFile(String setting, Path path, long maxBytes, Content content, Vertx vertx) {
        this.setting = setting;
        this.path = path;
        this.maxBytes = maxBytes;
        this.content = content;
        this.vertx = vertx;
    }

    /**
     * Reads the file, and watches it until {@link #stop}.
     *
     * @throws IllegalStateException if it cannot be read or is not valid
     */
    public void start() {
        try {
            load();
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalStateException(problem(e), e);
        }
        timer = vertx.setPeriodic(CHECK_MILLIS, id -> vertx.executeBlocking(() -> {
                    reload();
                    return null;
                })
                .onFailure(bug -> log.errorf(bug, "%s=%s: checking the file for changes failed", setting, path)));
    }

    public void stop() {
        vertx.cancelTimer(timer);
    }

    /** Reads the file again if it has changed. Blocks. */
    public void reload() {
        try {
            load();
        } catch (IOException | IllegalArgumentException e) {
            String problem = problem(e);
            if (!problem.equals(failure)) {
                log.errorf("%s; its last good version stays in force until the file is corrected", problem);
                content.failed();
            }
            failure = problem;
            if (e instanceof IOException) {
                // A file that comes back unchanged is read again, which ends the failure.
                read = null;
            }
        }
    }

    /** Whether the last version could not be read or is not valid, so that an older one is in force. */
    public boolean isOutdated() {
        return failure != null;
    }

    private void load() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        Version version = new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        if (version.equals(read)) {
            return;
        }
        read = version;
        if (attributes.size() > maxBytes) {
            throw new IllegalArgumentException("the file has over %d bytes".formatted(maxBytes));
        }
        byte[] bytes = Files.readAllBytes(path);
        content.read(bytes);
        failure = null;
    }

    private String problem(Exception e) {
        String what = e instanceof NoSuchFileException
                ? "the file does not exist"
                : e instanceof IOException ? "the file cannot be read: " + e : String.valueOf(e.getMessage());
        return "%s=%s: %s".formatted(setting, path, what);
    }
}
