package io.telltale.evaluate.replication;

import io.telltale.evaluate.Pace;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/**
 * Sends requests of several clients at a fixed rate, from the thread that runs it, whether or not earlier ones have
 * been answered.
 */
final class Load {

    /**
     * Writes per second of all clients together, and as many reads. At six times this rate, six nodes on two busy cores
     * dropped messages and did not heal within a minute.
     */
    static final int PER_SECOND = 40;
    /** Rounds of a phase. */
    static final int ROUNDS = 3;

    private final List<LedgerClient> clients;
    /** Between two requests of one client. */
    private final long intervalNanos;

    Load(List<LedgerClient> clients) {
        this.clients = List.copyOf(clients);
        this.intervalNanos = clients.size() * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
    }

    /** Runs for a time, in equal rounds. */
    void run(Phase phase, Duration length) {
        for (int round = 0; round < ROUNDS; round++) {
            long end = System.nanoTime() + length.toNanos() / ROUNDS;
            runWhile(phase, round, () -> System.nanoTime() < end);
        }
    }

    /** Runs while the condition holds, as one round. */
    void runWhile(Phase phase, BooleanSupplier condition) {
        runWhile(phase, 0, condition);
    }

    private void runWhile(Phase phase, int round, BooleanSupplier condition) {
        long next = System.nanoTime();
        while (condition.getAsBoolean()) {
            clients.forEach(client -> client.send(phase, round));
            next += intervalNanos;
            Pace.until(next);
        }
    }

    /** Returns when no request is in flight. */
    void awaitAnswers() {
        Awaitility.await("an answer or a failure of each request")
                .pollInSameThread()
                .atMost(RegisterTable.LIMIT.multipliedBy(3))
                .until(() -> clients.stream().noneMatch(LedgerClient::isWaiting));
    }
}
