package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.telltale.bench.HttpReader.Form;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * A service with what Debian packages: {@code src/bench/python/serve.py}, which reads a table with a partition a
 * sensor.
 */
final class FlaskPeer implements AutoCloseable {

    private static final String IMPORTS = "import flask, cassandra.cluster";
    private static final long LIMIT_SECONDS = 20;
    private static final int ROWS_A_BATCH = 200;
    private static final int BATCHES_AT_ONCE = 32;
    private static final Pattern PORT = Pattern.compile("port (\\d+)\n");
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    static final String KEYSPACE = "bench_flask";

    private final Process process;
    private final String baseUrl;

    private FlaskPeer(Process process, String baseUrl) {
        this.process = process;
        this.baseUrl = baseUrl;
    }

    /** Whether it can run here; says what to install if not. */
    static boolean isThere(String python, Narrator narrator) {
        try {
            Process process = new ProcessBuilder(python, "-c", IMPORTS)
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start();
            if (process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return true;
            }
            process.destroyForcibly();
        } catch (IOException e) {
            // Reported below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
        narrator.say(
                "peer flask is left out: %s cannot '%s'; apt-get install python3-flask python3-cassandra",
                python, IMPORTS);
        return false;
    }

    /** Starts it, with readings of its own of that sensor. */
    static FlaskPeer start(String python, CqlSession session, String contactPoint, StoredSensor sensor, Path log) {
        StoredAs.SENSOR_PARTITIONS.create(session, KEYSPACE);
        fill(session, sensor);
        try {
            Files.createDirectories(Objects.requireNonNull(log.toAbsolutePath().getParent()));
            // Its standard input is a pipe from here: it ends when that does.
            Process process = new ProcessBuilder(
                            python,
                            Project.directory()
                                    .resolve("src/bench/python/serve.py")
                                    .toString(),
                            contactPoint,
                            KEYSPACE)
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(log.toFile()))
                    .start();
            Awaitility.await().atMost(START_LIMIT).until(() -> port(process, log) > 0);
            return new FlaskPeer(process, "http://127.0.0.1:" + port(process, log));
        } catch (IOException e) {
            throw new BenchException("could not start " + python, e);
        }
    }

    private static void fill(CqlSession session, StoredSensor sensor) {
        PreparedStatement insert =
                session.prepare("INSERT INTO %s.readings (sensor_id, ts, value) VALUES (?, ?, ?)".formatted(KEYSPACE));
        SplittableRandom random = new SplittableRandom(sensor.readings());
        List<CompletableFuture<?>> underWay = new ArrayList<>();
        for (int first = 0; first < sensor.readings(); first += ROWS_A_BATCH) {
            BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED);
            for (int i = first; i < Math.min(sensor.readings(), first + ROWS_A_BATCH); i++) {
                batch.addStatement(insert.bind(
                        sensor.id().value(),
                        Instant.ofEpochMilli(sensor.startMillis() + i * StoredSensor.STEP_MILLIS),
                        random.nextInt(1_000, 9_000) / 100.0));
            }
            underWay.add(session.executeAsync(batch.build()).toCompletableFuture());
            if (underWay.size() == BATCHES_AT_ONCE) {
                awaitAll(underWay);
            }
        }
        awaitAll(underWay);
    }

    private static void awaitAll(List<CompletableFuture<?>> underWay) {
        CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new)).join();
        underWay.clear();
    }

    RangeReader reader() {
        return new HttpReader("Flask", HttpAccess.PLAIN, baseUrl, process.pid(), Form.FLASK);
    }

    /** As it says itself once it listens; 0 until then. */
    private static int port(Process process, Path log) throws IOException {
        if (!process.isAlive()) {
            throw new BenchException("the Flask service has ended; its log is %s".formatted(log));
        }
        Matcher port = PORT.matcher(Files.readString(log));
        return port.find() ? Integer.parseInt(port.group(1)) : 0;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
