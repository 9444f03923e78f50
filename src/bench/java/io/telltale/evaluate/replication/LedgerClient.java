package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A client of one data center and one level. It writes sensors of its own, overwrites some of their values, writes
 * contested keys if it is told to, and reads what was acknowledged to it. Requests overlap.
 */
final class LedgerClient {

    private static final int SENSORS = 100;
    private static final int CONTESTED_SENSORS = 10;
    /** Of these writes, one overwrites a value, and one goes to a contested key. */
    private static final int CYCLE = 4;

    private static final String CONTESTED = "contested";

    private final String side;
    private final ConsistencyLevel level;
    private final boolean isContesting;
    private final RegisterTable table;
    private final Ledger ledger;
    private final SplittableRandom random;
    private final Tally writes = new Tally();
    private final Tally reads = new Tally();
    private final List<History.Key> acknowledged = new ArrayList<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    /** A reader sends one request at a time: the responses of two concurrent requests have no order. */
    private final Deque<String> idleReaders = new ConcurrentLinkedDeque<>();

    private int readers;
    private int sent;
    private int created;

    LedgerClient(
            String side,
            ConsistencyLevel level,
            boolean isContesting,
            RegisterTable table,
            Ledger ledger,
            SplittableRandom random) {
        this.side = side;
        this.level = level;
        this.isContesting = isContesting;
        this.table = table;
        this.ledger = ledger;
        this.random = random;
    }

    String name() {
        return "%s-%s".formatted(side, level.name());
    }

    /** Sends a write and a read, and waits for neither. */
    void send(Phase phase, int round) {
        write(phase, round);
        read(phase, round);
    }

    boolean isWaiting() {
        return inFlight.get() > 0;
    }

    private void write(Phase phase, int round) {
        int turn = sent++ % CYCLE;
        boolean isContested = isContesting && turn == 1;
        History.Key key = isContested
                ? new History.Key("%s-%d".formatted(CONTESTED, random.nextInt(CONTESTED_SENSORS)), 0)
                : turn == 2 ? anyAcknowledged(false) : null;
        History.Key target = key == null ? nextKey() : key;
        long arrival = ledger.nextArrival();
        long recordTime = Ledger.recordTime(arrival, isContested);
        String value = "%s-%d".formatted(name(), arrival);
        long begin = ledger.micros();
        execute(table.write(target, value, recordTime, level), (rows, failure) -> {
            ledger.add(side, target, value, recordTime, arrival, failure == null);
            if (failure == null) {
                writes.addAnswered(phase, round, ledger.micros() - begin);
                synchronized (acknowledged) {
                    acknowledged.add(target);
                }
            } else {
                writes.addUnanswered(phase, round);
            }
        });
    }

    private void read(Phase phase, int round) {
        History.Key key = anyAcknowledged(true);
        // A client whose writes all fail still asks: whether reads are answered does not depend on what they find.
        History.Key target = key == null ? new History.Key(sensor(random.nextInt(SENSORS)), 0) : key;
        String reader = Optional.ofNullable(idleReaders.poll()).orElseGet(this::newReader);
        long begin = ledger.micros();
        execute(table.read(target, level), (rows, failure) -> {
            idleReaders.push(reader);
            if (rows == null) {
                reads.addUnanswered(phase, round);
                return;
            }
            long end = ledger.micros();
            reads.addAnswered(phase, round, end - begin);
            List<Observed> observed = new ArrayList<>();
            rows.currentPage().forEach(row -> observed.add(new Observed(target, String.valueOf(row.getString(1)))));
            ledger.add(side, new Read(reader, begin, end, List.of(target), false, false, observed));
        });
    }

    /** A driver without any node to send to fails at once, in the caller. */
    private void execute(Statement<?> statement, BiConsumer<@Nullable AsyncResultSet, @Nullable Throwable> end) {
        inFlight.incrementAndGet();
        CompletionStage<AsyncResultSet> answer;
        try {
            answer = table.session().executeAsync(statement);
        } catch (DriverException e) {
            answer = CompletableFuture.failedFuture(new CompletionException(e));
        }
        CompletionStage<?> unused = answer.whenComplete((rows, failure) -> {
            try {
                end.accept(rows, failure);
            } finally {
                inFlight.decrementAndGet();
            }
        });
    }

    private String newReader() {
        return "%s-%d".formatted(name(), ++readers);
    }

    private History.Key nextKey() {
        int number = created++;
        return new History.Key(sensor(number % SENSORS), number / SENSORS);
    }

    private String sensor(int number) {
        return "%s-%02d".formatted(name(), number);
    }

    private History.@Nullable Key anyAcknowledged(boolean withContested) {
        synchronized (acknowledged) {
            if (acknowledged.isEmpty()) {
                return null;
            }
            History.Key key = acknowledged.get(random.nextInt(acknowledged.size()));
            return withContested || !key.sensor().startsWith(CONTESTED) ? key : null;
        }
    }

    /** A map for each operation and phase that had requests. */
    List<Map<String, Object>> figures() {
        List<Map<String, Object>> figures = new ArrayList<>();
        for (Phase phase : EnumSet.complementOf(EnumSet.of(Phase.WARM_UP))) {
            addFigures(figures, phase, "write", writes);
            addFigures(figures, phase, "read", reads);
        }
        return figures;
    }

    private void addFigures(List<Map<String, Object>> figures, Phase phase, String operation, Tally tally) {
        Map<String, Object> found = tally.figures(phase);
        if (!found.isEmpty()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("side", side);
            row.put("level", level.name());
            row.put("phase", phase.label());
            row.put("operation", operation);
            row.putAll(found);
            figures.add(row);
        }
    }
}
