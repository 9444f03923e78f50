package io.telltale.security;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What Cassandra has, as someone with access to it sees and changes it: rows and files. */
final class StoredRows implements AutoCloseable {

    private static final String KEYSPACE = "telltale_it";

    private final CqlSession session = SharedStack.get().cassandra().connect();

    /** The cells of a sensor, in the order of time. */
    List<byte[]> cells(String sensorId) {
        return rows(sensorId).stream()
                .map(row -> Bytes.getArray(Objects.requireNonNull(row.getByteBuffer("reading"))))
                .toList();
    }

    private List<Row> rows(String sensorId) {
        List<Row> rows = new ArrayList<>(session.execute(
                        "SELECT type, shard, bucket, ts, reading, writetime(reading) AS written FROM " + KEYSPACE
                                + ".readings WHERE sensor_id = ? ALLOW FILTERING",
                        sensorId)
                .all());
        rows.sort((one, other) -> instant(one).compareTo(instant(other)));
        return rows;
    }

    private static Instant instant(Row row) {
        return Objects.requireNonNull(row.getInstant("ts"));
    }

    /** Writes a cell beside the first row of a sensor, some milliseconds after it, with its write timestamp. */
    void insert(String sensorId, int afterMillis, byte[] cell) {
        insert(sensorId, rows(sensorId).get(0), afterMillis, cell);
    }

    /** Takes a copy of the rows of a sensor; the returned task writes them again. */
    Runnable backup(String sensorId) {
        List<Row> rows = rows(sensorId);
        return () -> rows.forEach(
                row -> insert(sensorId, row, 0, Bytes.getArray(Objects.requireNonNull(row.getByteBuffer("reading")))));
    }

    /**
     * Takes a copy of the rows of a sensor and of its registration. The returned task restores them as they were before
     * a shredding: without its row, and with readings that its tombstones do not cover.
     */
    Runnable backupBeforeShredding(String sensorId) {
        List<Row> rows = rows(sensorId);
        String sensor = Objects.requireNonNull(Objects.requireNonNull(
                        session.execute("SELECT JSON * FROM " + KEYSPACE + ".sensors WHERE sensor_id = ?", sensorId)
                                .one())
                .getString(0));
        return () -> {
            session.execute("DELETE FROM " + KEYSPACE + ".deletions WHERE sensor_id = ?", sensorId);
            session.execute("INSERT INTO " + KEYSPACE + ".revisions (name, revision) VALUES ('deletions', uuid())");
            session.execute("INSERT INTO " + KEYSPACE + ".sensors JSON ?", sensor);
            long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
            rows.forEach(row -> insert(
                    sensorId, row, 0, Bytes.getArray(Objects.requireNonNull(row.getByteBuffer("reading"))), now));
        };
    }

    private void insert(String sensorId, Row row, int afterMillis, byte[] cell) {
        insert(sensorId, row, afterMillis, cell, row.getLong("written"));
    }

    private void insert(String sensorId, Row row, int afterMillis, byte[] cell, long writtenMicros) {
        session.execute(
                "INSERT INTO " + KEYSPACE + ".readings (type, shard, bucket, sensor_id, ts, reading)"
                        + " VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
                Objects.requireNonNull(row.getString("type")),
                row.getInt("shard"),
                Objects.requireNonNull(row.getInstant("bucket")),
                sensorId,
                instant(row).plusMillis(afterMillis),
                ByteBuffer.wrap(cell),
                writtenMicros);
    }

    /** Changes the site that readings report of a sensor, as ingest of another replica does. */
    void reportSite(String sensorId, String site) {
        session.execute("UPDATE " + KEYSPACE + ".sensors SET observed_site = ? WHERE sensor_id = ?", site, sensorId);
    }

    /** Inserts a data key that no keyset can unwrap, as after the loss of a key. */
    void insertLostKey(String sensorId) {
        session.execute(
                "INSERT INTO " + KEYSPACE
                        + ".sensor_keys (sensor_id, key_id, wrapped) VALUES (?, 1, 0x0102) IF NOT EXISTS",
                sensorId);
    }

    /** The ids of the data keys of a sensor, those of destroyed keys with a minus. */
    List<Integer> keys(String sensorId) {
        return session
                .execute("SELECT key_id, wrapped FROM " + KEYSPACE + ".sensor_keys WHERE sensor_id = ?", sensorId)
                .all()
                .stream()
                .map(row -> row.isNull("wrapped") ? -row.getInt("key_id") : row.getInt("key_id"))
                .toList();
    }

    /** The wrapped data keys of a sensor. */
    List<byte[]> wrappedKeys(String sensorId) {
        return session
                .execute("SELECT wrapped FROM " + KEYSPACE + ".sensor_keys WHERE sensor_id = ?", sensorId)
                .all()
                .stream()
                .map(row -> Bytes.getArray(Objects.requireNonNull(row.getByteBuffer("wrapped"))))
                .toList();
    }

    /** Lets Cassandra flush readings each second, or only when it has to. */
    void flushEachSecond(boolean isEachSecond) {
        session.execute("ALTER TABLE %s.readings WITH memtable_flush_period_in_ms = %d"
                .formatted(KEYSPACE, isEachSecond ? 1_000 : 0));
    }

    /** The SSTables of readings that contain a text. */
    List<Path> tablesWith(String text) {
        return filesWith(text).stream()
                .filter(file -> file.toString().contains("readings-"))
                .toList();
    }

    /** The segments of the commit log that contain a text. */
    List<Path> commitLogsWith(String text) {
        return filesWith(text).stream()
                .filter(file -> file.startsWith(commitLog()))
                .toList();
    }

    private Path commitLog() {
        return Path.of(Objects.requireNonNull(Objects.requireNonNull(
                        session.execute("SELECT value FROM system_views.settings WHERE name = 'commitlog_directory'")
                                .one())
                .getString("value")));
    }

    /** All files of the node that contain a text: tables, commit log, hints, caches. */
    List<Path> filesWith(String text) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(Objects.requireNonNull(commitLog().getParent()), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (contains(file, text)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                /** Compacted meanwhile. */
                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static boolean contains(Path file, String text) throws IOException {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (NoSuchFileException e) {
            return false; // compacted meanwhile
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
