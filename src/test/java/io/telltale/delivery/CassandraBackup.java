package io.telltale.delivery;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A keyspace laid by and brought back, step by step as docs/operations.md has it. */
final class CassandraBackup {

    private final LocalStack stack;
    private final String keyspace;
    private final Path directory;

    CassandraBackup(LocalStack stack, String keyspace, Path directory) {
        this.stack = stack;
        this.keyspace = keyspace;
        this.directory = directory;
    }

    /** {@code nodetool snapshot}, and a copy of it elsewhere: a directory for each table. */
    void take() throws IOException {
        stack.nodeTool("snapshot", "-t", "backup", keyspace);
        for (Map.Entry<String, Path> table : snapshots().entrySet()) {
            Path copy = Files.createDirectories(directory.resolve(table.getKey()));
            for (Path file : filesIn(table.getValue())) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        stack.nodeTool("clearsnapshot", "-t", "backup", keyspace);
    }

    /** The tables as they were, by the schema in the backup, and {@code nodetool import} of each. */
    void restore(CqlSession session) throws IOException {
        session.execute("CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', '%s': 1}"
                .formatted(keyspace, stack.cassandra().datacenter()));
        for (Path table : filesIn(directory)) {
            String schema = Files.readString(table.resolve("schema.cql"));
            session.execute(schema.strip().replaceFirst(";$", ""));
        }
        for (Path table : filesIn(directory)) {
            if (filesIn(table).stream().anyMatch(file -> file.toString().endsWith("-Data.db"))) {
                stack.nodeTool(
                        "import",
                        "--copy-data",
                        keyspace,
                        table.getFileName().toString(),
                        table.toAbsolutePath().toString());
            }
        }
    }

    private Map<String, Path> snapshots() {
        Map<String, Path> byTable = new TreeMap<>();
        for (Path table : filesIn(stack.cassandraData().resolve(keyspace))) {
            Path snapshot = table.resolve("snapshots").resolve("backup");
            if (Files.isDirectory(snapshot)) {
                // A table's directory is called by its name and its id.
                byTable.put(table.getFileName().toString().replaceFirst("-[0-9a-f]{32}$", ""), snapshot);
            }
        }
        return byTable;
    }

    private static List<Path> filesIn(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
