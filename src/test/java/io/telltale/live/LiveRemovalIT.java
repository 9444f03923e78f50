package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.local.LongTests;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Removes records, deletes and recreates the topic, and freezes and kills replicas of the packaged service under open,
 * resumed and replaying streams. Each stored reading is received once, or missing behind a gap.
 *
 * <p>Each kind of fault once by default, in an order chosen by {@code -Dseed=}. {@code -Dlong -Dminutes=10} repeats
 * them for ten minutes. {@link LiveRemovalTest} is the short form.
 */
@Tag("servers")
@Tag("long")
class LiveRemovalIT {

    private static final Logger log = Logger.getLogger(LiveRemovalIT.class);
    private static final long SEED = Long.getLong("seed", 1);
    private static final Duration LENGTH =
            LongTests.isFullSize() ? Duration.ofMinutes(LongTests.minutes(1)) : Duration.ZERO;

    /**
     * Behind a gap, of the values that were sent to the sensors of a stream. A replica that is frozen with records that
     * it has read stores them when it goes on, and history may have filled the gap of their removal by then.
     */
    private static final double MOST_MISSING = 0.01;

    private final SharedStack stack = SharedStack.get();
    private final Random random = new Random(SEED);
    private final String type = "removal-" + stack.nextNumber();
    private final List<ServiceProcess> replicas = new ArrayList<>();

    private enum Fault {
        RETENTION,
        RETENTION_WHILE_FROZEN,
        RECREATION,
        RECREATION_WHILE_FROZEN,
        DELETION_WHILE_FROZEN,
        KILL
    }

    @Test
    void receivesEachStoredReadingOnce(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws Exception {
        log.infof("-Dseed=%d", SEED);
        try {
            for (int replica = 0; replica < 2; replica++) {
                replicas.add(new ServiceProcess(settings(directory.resolve("replica-" + replica))));
                replicas.get(replica).start();
            }
            RemovalScenario scenario = new RemovalScenario(
                    type, replicas.stream().map(ServiceProcess::baseUrl).toList(), random, directory);
            scenario.begin();
            injectFaults(scenario);
            scenario.awaitLast();
            assertThat(scenario.requireAll())
                    .as("share of readings that were stored and not received, seed %d", SEED)
                    .allMatch(missing -> missing <= MOST_MISSING);
        } finally {
            replicas.forEach(ServiceProcess::kill);
        }
    }

    private ServiceSettings settings(Path directory) {
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .with("mp.messaging.incoming.sensors.group.id", "g-" + type)
                .with("mp.messaging.incoming.sensors.session.timeout.ms", "6000")
                .with("mp.messaging.incoming.sensors.heartbeat.interval.ms", "1500")
                .with("telltale.storage.keyspace", "telltale_" + type.replace('-', '_'));
    }

    private void injectFaults(RemovalScenario scenario) throws Exception {
        long endNanos = System.nanoTime() + LENGTH.toNanos();
        do {
            List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
            Collections.shuffle(faults, random);
            for (Fault fault : faults) {
                log.infof("%s at value %d", fault, scenario.sent());
                scenario.send(10 + random.nextInt(40));
                inject(fault, scenario);
                scenario.send(1 + random.nextInt(20));
            }
        } while (System.nanoTime() < endNanos);
    }

    private void inject(Fault fault, RemovalScenario scenario) throws Exception {
        int number = random.nextInt(replicas.size());
        ServiceProcess replica = replicas.get(number);
        switch (fault) {
            case RETENTION -> scenario.removeRecords();
            case RECREATION -> scenario.recreate();
            case KILL -> {
                replica.kill();
                scenario.send(20);
                replica.start();
            }
            case RETENTION_WHILE_FROZEN, RECREATION_WHILE_FROZEN, DELETION_WHILE_FROZEN -> {
                replica.pause();
                long frozenAtNanos = System.nanoTime();
                try {
                    scenario.send(20 + random.nextInt(40));
                    if (random.nextBoolean()) {
                        scenario.awaitStored();
                    }
                    switch (fault) {
                        case RETENTION_WHILE_FROZEN -> scenario.removeRecords();
                        case RECREATION_WHILE_FROZEN -> scenario.recreate();
                        default -> scenario.delete();
                    }
                } finally {
                    replica.resume();
                }
                if (fault == Fault.DELETION_WHILE_FROZEN) {
                    // The replica must notice that the topic is deleted before it is created again.
                    scenario.awaitDeletionKnown(number, frozenAtNanos);
                }
            }
        }
    }
}
