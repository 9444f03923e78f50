package io.telltale.evaluate.plants;

import static com.datastax.oss.driver.api.core.DefaultConsistencyLevel.ONE;

import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/**
 * One copy with {@code commitlog_sync: periodic}: the node acknowledges what is not yet in the log, and is killed while
 * it does.
 */
final class LostWrites {

    private static final int WRITES = 5_000;
    private static final int IN_FLIGHT = 64;
    /** A kill just after the log was marked loses little or nothing, so it is repeated. */
    private static final int MOST_ROUNDS = 3;

    private LostWrites() {}

    static Measured run(CassandraCluster cluster, CellRun run) throws InterruptedException {
        try (RecordedTable table = RecordedTable.create(cluster)) {
            for (int round = 1; round <= MOST_ROUNDS && isNothingLost(table); round++) {
                int until = round * WRITES;
                Semaphore permits = new Semaphore(IN_FLIGHT);
                for (int instant = until - WRITES; instant < until; instant++) {
                    permits.acquire();
                    CompletionStage<?> unused =
                            table.send(instant, "v" + instant, 1).whenComplete((done, failure) -> permits.release());
                }
                cluster.node(1).kill();
                permits.acquire(IN_FLIGHT);
                cluster.node(1).start();
                table.reconnect();
                table.read(until, false, true, () -> table.rows(1, ONE, 0, until));
                run.narrator().say("round %d: %d writes, killed, restarted", round, WRITES);
            }
            return table.measured();
        }
    }

    private static boolean isNothingLost(RecordedTable table) {
        return table.verdict().checks().stream().allMatch(check -> check.held());
    }
}
