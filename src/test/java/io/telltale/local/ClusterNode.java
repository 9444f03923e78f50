package io.telltale.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** A node of a {@link CassandraCluster}. It keeps its address and its data through {@link #kill}. */
public final class ClusterNode {

    private final int number;
    private final CassandraPlace place;
    private final CassandraServer server;

    ClusterNode(int number, CassandraPlace place, CassandraServer server) {
        this.number = number;
        this.place = place;
        this.server = server;
    }

    public int number() {
        return number;
    }

    public String dataCenter() {
        return place.dataCenter();
    }

    public String rack() {
        return place.rack();
    }

    /** {@code host:port} of CQL. */
    public String contactPoint() {
        return server.contactPoint();
    }

    /** Starts it again and returns when it answers a SELECT. Others may need a moment more to see it. */
    public void start() {
        server.start();
    }

    /** SIGTERM: it drains. Returns when it is gone. */
    public void stop() {
        server.stop();
    }

    /** SIGKILL: what a crash is. Returns when it is gone. */
    public void kill() {
        server.kill();
    }

    /** SIGSTOP: the process and its connections exist, and nothing answers. */
    public void pause() {
        server.pause();
    }

    /** SIGCONT, also after {@link #slow}. */
    public void resume() {
        server.resume();
    }

    /**
     * Slows the process down until {@link #resume}, {@link #stop} or {@link #kill}: see {@link ClusterNetwork#slow}.
     */
    public void slow(Duration delay) {
        server.slow(delay);
    }

    /** Stops it and starts it again. */
    public void restart() {
        stop();
        start();
    }

    public boolean isAlive() {
        return server.isAlive();
    }

    /** Of the process that runs now, or ran last. */
    public long pid() {
        return server.pid();
    }

    /** The size of its tables on disk, without the commit log. Flush or compact first to compare figures. */
    public long diskBytes() {
        return size(server.data());
    }

    /** The same of the tables of one keyspace; 0 if it has none on this node. */
    public long diskBytes(String keyspace) {
        return size(server.data().resolve(keyspace));
    }

    private static long size(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(ClusterNode::fileSize)
                    .sum();
        } catch (NoSuchFileException e) {
            return 0; // not started yet, or without tables there
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code nodetool} on it, as an operator would, and fails where it fails. */
    public void nodeTool(String... arguments) {
        server.nodeTool(arguments);
    }

    /** Whether a file of hints for another node exists. */
    boolean hasHints() {
        try (Stream<Path> files = Files.list(server.hints())) {
            return files.anyMatch(file -> file.toString().endsWith(".hints"));
        } catch (NoSuchFileException e) {
            return false; // not started yet
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the hints that it keeps for other nodes contain a text. */
    public boolean hasHintsWith(String text) {
        try (Stream<Path> files = Files.list(server.hints())) {
            return files.anyMatch(file -> contains(file, text));
        } catch (NoSuchFileException e) {
            return false; // not started yet
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CassandraPlace place() {
        return place;
    }

    CassandraServer server() {
        return server;
    }

    @Override
    public String toString() {
        return "node %d (%s, %s)".formatted(number, dataCenter(), contactPoint());
    }

    /** A compaction may delete a file meanwhile. */
    private static long fileSize(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
