package io.telltale.evaluate.streaming;

import io.telltale.bench.BenchException;
import io.telltale.bench.DrainWatch;
import io.telltale.bench.TelltaleContestant;
import io.telltale.bench.Written;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.partitioning.Fleet;
import io.telltale.evaluate.streaming.Replicas.Plan;
import io.telltale.local.LocalStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rate at which one replica drains a backlog that is complete before the clock starts. It is measured once for each
 * start of the servers: loads are shares of what these servers did today.
 */
final class DrainCapacity {

    /** A JVM compiles its hot code within some hundred thousand readings; until then it is several times slower. */
    private static final int WARM_UP_ROUNDS = 3;

    private static final int ROUNDS = 3;
    private static final int RECORDS = 200_000;
    private static final int RECORDS_FULL = 300_000;
    private static final Duration ROUND_LIMIT = Duration.ofMinutes(2);
    /** Of event time: the whole backlog is then far before now. */
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
                        "streaming-drain",
                        new Plan(1, LoadCell.PARTITIONS, LoadCell.JVM_OPTIONS));
                RecordedLoad backlog = new RecordedLoad(
                        servers.bootstrapServers(),
                        replicas.topic(),
                        Fleet.ofRate(
                                LoadCell.SENSORS, PER_SECOND, System.currentTimeMillis() - BEFORE_NOW.toMillis()))) {
            replicas.introduce(LoadCell.SENSORS);
            TelltaleContestant service = new TelltaleContestant(replicas.replica(0));
            for (int round = 1; round <= WARM_UP_ROUNDS + ROUNDS; round++) {
                Written before = service.written();
                backlog.sendNow(records);
                double rate = new DrainWatch(service, before, records, ROUND_LIMIT).readingsPerSecond();
                if (Double.isNaN(rate)) {
                    throw new BenchException("%d readings were stored before a rate was visible".formatted(records));
                }
                run.narrator().say("a drain of %,d readings: %,.0f readings/s", records, rate);
                if (round > WARM_UP_ROUNDS) {
                    rounds.add(rate);
                }
            }
        }
        return rounds;
    }
}
