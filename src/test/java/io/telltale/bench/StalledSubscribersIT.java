package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.bench.KafkaFeed.Running;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five of a hundred of 2,000 subscribers read nothing: they are told so by a gap, in bounded memory, the others see every
 * reading, and ingest does not notice. How old readings are for the others meanwhile is for {@code mvn -Pbench
 * -Dbench=fan-out} to say; that one slow client is met by a gap, for {@code SubscriberTest} in every build.
 */
@EnabledIfSystemProperty(named = "long", matches = ".*")
class StalledSubscribersIT {

    private static final Logger log = Logger.getLogger(StalledSubscribersIT.class);
    private static final int SUBSCRIBERS = 2_000;
    private static final int SLOW = SUBSCRIBERS / 20;
    /** What may wait for one, twice, and what its socket takes. */
    private static final int READINGS = 8_000;

    private static final int AT_ONCE = 100;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** Heap of 256 MB, and what a JVM needs besides. */
    private static final long MAX_RESIDENT_MB = 560;

    private final SharedStack stack = SharedStack.get();

    @Test
    void thoseWhoStopReadingCostTheOthersNothing(@TempDir Path directory) {
        String type = "stalled-" + stack.nextNumber();
        String topic = "sensors." + type;
        stack.kafka().createTopic(topic, 4, Map.of("message.timestamp.type", "LogAppendTime"));
        ServiceProcess service =
                new ServiceProcess(ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                        .withJvmOptions("-Xmx256m")
                        .with("mp.messaging.incoming.sensors.group.id", topic)
                        .with("mp.messaging.incoming.sensors.topic", topic.replace(".", "[.]"))
                        .with("telltale.storage.keyspace", "telltale_stalled_" + stack.nextNumber()));
        try (KafkaFeed feed = new KafkaFeed(
                "telltale",
                stack.kafka().bootstrapServers(),
                topic,
                new Running(
                        service::start,
                        service::pid,
                        new GarbageLog(directory.resolve("gc.log")),
                        () -> URI.create(service.baseUrl() + "/api/v1/readings/stream?type=" + type),
                        service::close))) {
            feed.start();
            try (SubscriberSwarm swarm = SubscriberSwarm.open(feed.stream(), SUBSCRIBERS, SLOW, 0)) {
                for (int sent = 0; sent < READINGS; sent += AT_ONCE) {
                    for (int i = 0; i < AT_ONCE; i++) {
                        feed.send(i, System.nanoTime() / 1_000);
                    }
                    feed.flush();
                    awaitSeen(swarm, (long) (sent + AT_ONCE) * (SUBSCRIBERS - SLOW));
                    assertThat(behind(service))
                            .as("readings that ingest is behind")
                            .isLessThan(5_000);
                }
                assertThat(swarm.events())
                        .as("events of those who read")
                        .isEqualTo((long) READINGS * (SUBSCRIBERS - SLOW));
                assertThat(ServiceMetrics.of(service.baseUrl()).sum("telltale_live_gaps_total"))
                        .as("gaps")
                        .isGreaterThanOrEqualTo(SLOW);
                await().atMost(LIMIT)
                        .until(() ->
                                ServiceMetrics.of(service.baseUrl()).written().readings() == READINGS);
                long resident = ResidentMemory.mostMegabytes(service.pid());
                log.infof("%d subscribers, %d of them stalled: resident %d MB at most", SUBSCRIBERS, SLOW, resident);
                assertThat(resident).as("resident MB at most").isLessThan(MAX_RESIDENT_MB);
            }
        }
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
