package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.fleet.TestFleet;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five of a hundred of 2,000 subscribers read nothing: they are told so by a gap, in bounded memory, the others see
 * every reading, and ingest does not notice. How old readings are for the others meanwhile is for {@code mvn -Pbench
 * -Dbench=fan-out} to say; that one slow client is met by a gap, for {@code SubscriberTest} in every build.
 */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class StalledSubscribersIT {

    private static final Logger log = Logger.getLogger(StalledSubscribersIT.class);
    private static final int SUBSCRIBERS = 2_000;
    private static final int SLOW = SUBSCRIBERS / 20;
    /** With so long a text, more than the 4 MB that a socket takes, and the 2,048 events that may wait beside. */
    private static final int READINGS = 8_000;

    private static final String TEXT = "x".repeat(1_000);
    private static final long FIRST_MILLIS =
            Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private static final int AT_ONCE = 100;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** Heap of 256 MB, and what a JVM needs besides. */
    private static final long MAX_RESIDENT_MB = 587;

    private final SharedStack stack = SharedStack.get();

    @Test
    void thoseWhoStopReadingCostTheOthersNothing(@TempDir Path directory) {
        String type = "stalled-" + stack.nextNumber();
        String group = "g-" + type;
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .withJvmOptions("-Xmx256m")
                .with("mp.messaging.incoming.sensors.group.id", group)
                .with("mp.messaging.incoming.sensors.topic", "sensors[.]" + type)
                .with("telltale.storage.keyspace", "telltale_stalled_" + stack.nextNumber());
        try (TestFleet fleet = TestFleet.ofType(type);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            List<String> sensors =
                    Stream.generate(fleet::newSensor).limit(AT_ONCE).toList();
            URI stream = URI.create(service.baseUrl() + "/api/v1/readings/stream?type=" + type);
            try (SubscriberSwarm swarm = SubscriberSwarm.open(stream, SUBSCRIBERS, SLOW, 0)) {
                for (int sent = 0; sent < READINGS; sent += AT_ONCE) {
                    int round = sent / AT_ONCE;
                    sensors.forEach(sensor -> fleet.send(sensor, FIRST_MILLIS + round, TEXT));
                    fleet.flush();
                    awaitSeen(swarm, (long) (sent + AT_ONCE) * (SUBSCRIBERS - SLOW));
                    assertThat(behind(service))
                            .as("readings that ingest is behind")
                            .isLessThan(READINGS / 2.0);
                }
                assertThat(swarm.events())
                        .as("events of those who read")
                        .isEqualTo((long) READINGS * (SUBSCRIBERS - SLOW));
                assertThat(slowOnes(service))
                        .as("stalled subscribers that will be told of a gap")
                        .isEqualTo(SLOW);
                await().atMost(LIMIT).until(() -> stored(service) == READINGS);
                long resident = ResidentMemory.mostMegabytes(service.pid());
                log.infof("%d subscribers, %d of them stalled: resident %d MB at most", SUBSCRIBERS, SLOW, resident);
                assertThat(resident).as("resident MB at most").isLessThan(MAX_RESIDENT_MB);
            }
        }
    }

    private static double slowOnes(ServiceProcess service) {
        return ServiceMetrics.of(service.baseUrl()).sum("telltale_live_gaps_total");
    }

    private static long stored(ServiceProcess service) {
        return ServiceMetrics.of(service.baseUrl()).written().readings();
    }

    private static double behind(ServiceProcess service) {
        return ServiceMetrics.of(service.baseUrl()).sum("telltale_consumer_lag");
    }

    private static void awaitSeen(SubscriberSwarm swarm, long events) {
        long limitNanos = System.nanoTime() + LIMIT.toNanos();
        while (swarm.events() < events) {
            assertThat(System.nanoTime())
                    .as("time until all have seen %d events", events)
                    .isLessThan(limitNanos);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
