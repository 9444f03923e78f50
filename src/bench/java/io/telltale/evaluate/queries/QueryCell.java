package io.telltale.evaluate.queries;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Environment;
import io.telltale.evaluate.Measured;
import io.telltale.local.LocalStack;
import io.telltale.local.ServiceSettings;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a data set once, and reads random ranges of one length of one sensor.
 *
 * @param name of the cell
 * @param rangeMillis the length of a range
 * @param isService whether the service is asked over REST, or Cassandra by the driver
 * @param isIndexed whether the driver asks the bucket index; the service decides itself
 * @param pageRows the driver's rows per page; the service decides itself
 * @param ahead how many slices the driver requests at once; the service decides itself
 * @param readers how many read at the same time, one number after the other
 */
record QueryCell(
        String name,
        Dataset dataset,
        long rangeMillis,
        boolean isService,
        boolean isIndexed,
        int pageRows,
        int ahead,
        List<Integer> readers) {

    /** The figures by number of readers, if a cell has several. */
    static final String BY_READERS = "byReaders";

    private static final int MAX_PAGE_ROWS = 5_000;
    private static final int USUAL_AHEAD = 4;
    private static final int WARM_UP_READERS = 4;
    private static final Duration CASSANDRA_WARM_UP = Duration.ofSeconds(20);
    private static final Duration SERVICE_WARM_UP = Duration.ofSeconds(12);
    /** The processes of Cassandra that have been read for long enough. */
    private static final Set<Long> WARM = ConcurrentHashMap.newKeySet();

    QueryCell {
        readers = List.copyOf(readers);
    }

    /** Ranges of 4 h by the driver, with pages of 5,000 rows and 4 slices at once, without the index. */
    static QueryCell byDriver(String name, Dataset dataset) {
        return new QueryCell(
                name, dataset, Duration.ofHours(4).toMillis(), false, false, MAX_PAGE_ROWS, USUAL_AHEAD, List.of(1));
    }

    /** Ranges of 4 h by the service. */
    static QueryCell byService(String name, Dataset dataset) {
        return new QueryCell(name, dataset, Duration.ofHours(4).toMillis(), true, true, 0, 0, List.of(1));
    }

    QueryCell ofRange(Duration range) {
        return new QueryCell(name, dataset, range.toMillis(), isService, isIndexed, pageRows, ahead, readers);
    }

    QueryCell indexed() {
        return new QueryCell(name, dataset, rangeMillis, isService, true, pageRows, ahead, readers);
    }

    QueryCell withPage(int rows) {
        return new QueryCell(name, dataset, rangeMillis, isService, isIndexed, rows, ahead, readers);
    }

    QueryCell withAhead(int slices) {
        return new QueryCell(name, dataset, rangeMillis, isService, isIndexed, pageRows, slices, readers);
    }

    QueryCell withReaders(List<Integer> counts) {
        return new QueryCell(name, dataset, rangeMillis, isService, isIndexed, pageRows, ahead, counts);
    }

    /** As a cell of the chapter. */
    Cell cell(Environment<LocalStack> stack) {
        Cell cell = Cell.on(stack, name, this::run)
                .with("via", isService ? "service" : "driver")
                .with("shards", dataset.shards())
                .with("bucketMillis", dataset.bucketMillis())
                .with("sensors", dataset.fleet())
                .with("stepMillis", dataset.stepMillis())
                .with("historyMillis", dataset.historyMillis())
                .with("activeBucketOf", dataset.activeBucketOf())
                .with("neighborStepMillis", dataset.neighborStepMillis())
                .with("neighborMillis", dataset.neighborMillis())
                .with("rangeMillis", rangeMillis)
                .with("readers", readers);
        return isService
                ? cell.unless(QueryCell::obstacle).lasting(Duration.ofSeconds(readers.size() == 1 ? 60 : 90))
                : cell.with("isIndexed", isIndexed)
                        .with("pageRows", pageRows)
                        .with("ahead", ahead)
                        .lasting(Duration.ofSeconds(20));
    }

    private static Optional<String> obstacle() {
        return Files.exists(ServiceSettings.packagedJar())
                ? Optional.empty()
                : Optional.of("the service is not packaged; run mvn package");
    }

    Measured run(LocalStack stack, CellRun run) throws Exception {
        try (CqlSession session = stack.cassandra().connect();
                RangeStore store = store(stack, session, run)) {
            List<Series> readings = new ArrayList<>(dataset.ofSensor());
            dataset.ofNeighbors().forEach(readings::add);
            store.write(readings);
            stack.nodeTool("flush", store.keyspace());
            stack.nodeTool("compact", store.keyspace());
            run.narrator().say("%s: readings are stored", name);
            ReadRounds rounds =
                    new ReadRounds(stack, store, new ReadCounter(session, store.keyspace()), dataset, rangeMillis);
            warmUp(rounds, stack.cassandra().pid(), run.seed());
            return Measured.of(figures(rounds, run));
        }
    }

    private void warmUp(ReadRounds rounds, long cassandraPid, long seed) throws Exception {
        if (WARM.add(cassandraPid)) {
            rounds.warmUp(WARM_UP_READERS, CASSANDRA_WARM_UP, seed);
        }
        if (isService) {
            rounds.warmUp(WARM_UP_READERS, SERVICE_WARM_UP, seed);
        }
    }

    private Map<String, Object> figures(ReadRounds rounds, CellRun run) throws Exception {
        int count = run.isFull() ? 5 : 3;
        Duration length = run.isFull() ? Duration.ofSeconds(4) : Duration.ofMillis(1_500);
        if (readers.size() == 1) {
            return rounds.run(readers.get(0), count, length, run.seed());
        }
        Map<String, Object> byReaders = new LinkedHashMap<>();
        for (int some : readers) {
            byReaders.put(Integer.toString(some), rounds.run(some, count, length, run.seed()));
        }
        return Map.of(BY_READERS, byReaders);
    }

    private RangeStore store(LocalStack stack, CqlSession session, CellRun run) {
        if (isService) {
            return new ServiceStore(stack, session, name, dataset, run.scratch().resolve("service"));
        }
        return new DriverStore(session, dataset.scheme(), name.replace('-', '_'), isIndexed, pageRows, ahead);
    }
}
