package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.LongTests;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import io.telltale.simulate.FaultShares;
import io.telltale.simulate.Ledger;
import io.telltale.simulate.SensorKind;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationCounts;
import io.telltale.simulate.SimulationSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Accounts for all records of a long run: the packaged service with 256 MB of heap and a faulty fleet, Cassandra
 * unavailable for one minute. Two minutes by default; {@code -Dlong -Dminutes=10} makes it ten.
 */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class LongFleetIT {

    private static final Logger log = Logger.getLogger(LongFleetIT.class);
    private static final Duration LIFE = Duration.ofMinutes(LongTests.minutes(2));
    private static final Duration OUTAGE = Duration.ofSeconds(60);
    /** Not the group of other integration tests on the same Kafka. */
    private static final String GROUP = "telltale-long";

    private static final Clock CLOCK = Clock.systemUTC();

    /** A heap of 256 MB, plus classes, code, threads and buffers of Netty. */
    private static final long MAX_RESIDENT_MB = 640;

    /** A sample of the memory in use. */
    private record Sample(long heapMb, long residentMb) {}

    @Test
    void accountsForALongRunInLittleMemory(@TempDir Path directory) throws Exception {
        SharedStack stack = SharedStack.get();
        Set<SensorType> types =
                Arrays.stream(SensorKind.values()).map(SensorKind::type).collect(Collectors.toSet());
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .with("mp.messaging.incoming.sensors.group.id", GROUP)
                .with("telltale.storage.keyspace", "telltale_long_" + stack.nextNumber());
        try (ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
                DeadLetterBox.open().close();
                return true;
            });
            Ledger ledger = new Ledger(3_000_000);
            List<Sample> samples = new ArrayList<>();
            Instant start = CLOCK.instant();
            Simulation fleet = new Simulation(
                    stack.kafka().bootstrapServers(),
                    SimulationSettings.of(200, start)
                            .withRatePerSensor(10)
                            .withFaults(new FaultShares(0.02, 0.02, 0.02, 0.02, 0.02)),
                    CLOCK,
                    ledger);
            try (DeadLetterBox deadLetters = DeadLetterBox.open()) {
                try (fleet) {
                    fleet.start();
                    live(service, samples, start.plus(LIFE.dividedBy(2)));
                    stack.cassandra().kill();
                    live(service, samples, CLOCK.instant().plus(OUTAGE));
                    stack.cassandra().start();
                    live(service, samples, start.plus(LIFE));
                }
                SimulationCounts sent = fleet.counts();
                FleetAccounts.awaitAllCommitted(GROUP, types, Duration.ofMinutes(2));
                log.infof("%d records sent; heap and resident MB: %s", sent.sent(), samples);
                new FleetAccounts(service.baseUrl()).assertBalanced(ledger, sent, start, deadLetters);
                assertThat(samples)
                        .allSatisfy(sample -> assertThat(sample.residentMb()).isLessThan(MAX_RESIDENT_MB));
            }
        } finally {
            stack.cassandra().start();
        }
    }

    private static void live(ServiceProcess service, List<Sample> samples, Instant until) {
        await().atMost(LIFE.plusMinutes(5)).pollInterval(Duration.ofSeconds(10)).until(() -> {
            samples.add(sample(service));
            return CLOCK.instant().isAfter(until);
        });
    }

    private static Sample sample(ServiceProcess service) throws IOException {
        double heap = ServiceMetrics.of(service.baseUrl()).sum("jvm_memory_used_bytes", "area", "heap");
        return new Sample((long) heap >> 20, residentMb());
    }

    /** The memory of the service, a child of this JVM that runs its jar. Linux only; 0 elsewhere. */
    private static long residentMb() throws IOException {
        for (ProcessHandle child : ProcessHandle.current().descendants().toList()) {
            Path process = Path.of("/proc", Long.toString(child.pid()));
            if (Files.exists(process)
                    && Files.readString(process.resolve("cmdline")).contains("quarkus-run.jar")) {
                return Files.readString(process.resolve("status"))
                        .lines()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1_024)
                        .findFirst()
                        .orElse(0);
            }
        }
        return 0;
    }
}
