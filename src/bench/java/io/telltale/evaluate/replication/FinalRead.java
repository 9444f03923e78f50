package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.bench.BenchException;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Reads all keys from each side after healing, sensor by sensor. */
final class FinalRead {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Ledger ledger;
    private final ConsistencyLevel level;
    private final Map<String, Map<History.Key, String>> answers = new HashMap<>();

    FinalRead(Ledger ledger, ConsistencyLevel level) {
        this.ledger = ledger;
        this.level = level;
    }

    void read(String side, RegisterTable table) {
        Map<History.Key, String> found = new HashMap<>();
        Map<String, List<History.Key>> bySensor = ledger.writes().stream()
                .map(write -> write.key())
                .distinct()
                .collect(Collectors.groupingBy(History.Key::sensor));
        bySensor.forEach((sensor, keys) -> {
            long begin = ledger.micros();
            List<Observed> observed = new ArrayList<>();
            for (Row row : rows(table, sensor)) {
                observed.add(new Observed(new History.Key(sensor, row.getLong(0)), String.valueOf(row.getString(1))));
            }
            observed.forEach(reading -> found.put(reading.key(), reading.value()));
            ledger.add(side, new Read("final-" + side, begin, ledger.micros(), keys, false, true, observed));
        });
        answers.put(side, found);
    }

    /** How many keys have different answers on different sides, or an answer on one only. */
    long differingKeys() {
        return answers.values().stream()
                .flatMap(side -> side.keySet().stream())
                .distinct()
                .filter(key -> answers.values().stream()
                                .map(side -> String.valueOf(side.get(key)))
                                .distinct()
                                .count()
                        > 1)
                .count();
    }

    /** A node that has just started may not answer the first time. */
    private Collection<Row> rows(RegisterTable table, String sensor) {
        try {
            return Awaitility.await("an answer to the final read of %s at %s".formatted(sensor, level))
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofSeconds(1))
                    .atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(DriverException.class)
                    .until(
                            () -> table.session()
                                    .execute(table.read(sensor, level))
                                    .all(),
                            rows -> true);
        } catch (ConditionTimeoutException e) {
            throw new BenchException(String.valueOf(e.getMessage()), e);
        }
    }
}
