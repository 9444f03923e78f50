package io.telltale.evaluate.streaming;

import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.partitioning.Fleet;
import io.telltale.evaluate.streaming.Replicas.Plan;
import io.telltale.local.LocalStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The rate at which one replica stores what a load generator beside it sends without a pause. It is measured once for
 * each start of the servers: loads are shares of what these servers did today.
 */
final class SaturatedRate {

    private static final int ROUNDS = 3;
    private static final int RECORDS = 200_000;
    private static final int RECORDS_FULL = 500_000;
    /** A JVM compiles its hot code within some hundred thousand readings; until then it is several times slower. */
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    private static final Duration ROUND_LIMIT = Duration.ofMinutes(2);
    /** Of event time: all of it is far before now. */
    private static final int PER_SECOND = 100_000;

    private static final Duration BEFORE_NOW = Duration.ofMinutes(5);

    private @Nullable LocalStack stack;
    private List<Double> measured = List.of();

    /** Readings per second, in each round. */
    synchronized List<Double> readingsPerSecond(LocalStack servers, CellRun run) {
        if (stack != servers) {
            measured = measure(new OneBroker(servers), run);
            stack = servers;
        }
        return measured;
    }

    private static List<Double> measure(OneBroker servers, CellRun run) {
        int records = run.isFull() ? RECORDS_FULL : RECORDS;
        List<Double> rounds = new ArrayList<>();
        try (Replicas replicas = Replicas.start(
                        servers,
                        run.scratch(),
                        "streaming-saturated",
                        new Plan(1, LoadCell.PARTITIONS, LoadCell.JVM_OPTIONS));
                RecordedLoad load = new RecordedLoad(
                        servers.bootstrapServers(),
                        replicas.topic(),
                        Fleet.ofRate(
                                LoadCell.SENSORS, PER_SECOND, System.currentTimeMillis() - BEFORE_NOW.toMillis()))) {
            replicas.introduce(LoadCell.SENSORS);
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < WARM_UP.toNanos()) {
                store(records / 2, load, replicas);
            }
            while (rounds.size() < ROUNDS) {
                double rate = store(records, load, replicas);
                run.narrator().say("%,d readings at full speed: %,.0f readings/s", records, rate);
                rounds.add(rate);
            }
        }
        return rounds;
    }

    /** @return readings per second, from the first that is sent until all are stored */
    private static double store(int records, RecordedLoad load, Replicas replicas) {
        long stored = replicas.stored();
        long begin = System.nanoTime();
        load.sendNow(records);
        Awaitility.await()
                .atMost(ROUND_LIMIT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> replicas.stored() >= stored + records);
        return records * 1e9 / (System.nanoTime() - begin);
    }
}
