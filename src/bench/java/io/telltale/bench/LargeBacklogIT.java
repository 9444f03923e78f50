package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import io.telltale.local.LongTests;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.StackOptions;
import io.telltale.local.TcpRelay;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A backlog that is far larger than memory, and a store that is slow: {@code -Dlong -Dminutes=10} for five
 * million records.
 */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class LargeBacklogIT {

    private static final Logger log = Logger.getLogger(LargeBacklogIT.class);
    private static final int RECORDS = LongTests.amount(500_000, 600_000);
    private static final int SENSORS = 10_000;
    private static final int SEED = 1;

    /** A write of some hundred rows takes some 10 ms on a quiet machine. */
    private static final Duration TEN_TIMES_AS_SLOW = Duration.ofMillis(100);

    /** Heap of 256 MB, and what a JVM needs besides. */
    private static final long MAX_RESIDENT_MB = 671;

    private static final Duration LIMIT = Duration.ofMinutes(20);

    @Test
    void ingestsMillionsOfReadingsInLittleMemory(@TempDir Path directory) {
        BacklogShape shape = BacklogShape.atLeast(RECORDS, SENSORS, 1);
        Backlog backlog = new Backlog(shape, SEED);
        try (LocalStack stack = LocalStack.start(StackOptions.forLoad(Progress.SILENT));
                TcpRelay relay = TcpRelay.to(stack.cassandra().contactPoint());
                CqlSession session = stack.cassandra().connect()) {
            BacklogTopic.fill(stack.kafka(), backlog);
            relay.delayAnswers(TEN_TIMES_AS_SLOW);
            ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                    .withJvmOptions("-Xmx256m")
                    .with("quarkus.cassandra.contact-points", relay.address());
            try (ServiceProcess service = new ServiceProcess(settings)) {
                service.start();
                long begin = System.nanoTime();
                AtomicLong mostResidentMb = new AtomicLong();
                await().atMost(LIMIT).pollInterval(Duration.ofSeconds(2)).until(() -> {
                    mostResidentMb.accumulateAndGet(ResidentMemory.megabytes(service.pid()), Math::max);
                    return ServiceMetrics.of(service.baseUrl()).written().readings() >= shape.records();
                });
                log.infof(
                        "%d records in %d s with answers %s late; resident at most %d MB",
                        shape.records(),
                        Duration.ofNanos(System.nanoTime() - begin).toSeconds(),
                        TEN_TIMES_AS_SLOW,
                        mostResidentMb.get());
                assertThat(Balance.of(session, "telltale", Peer.TELLTALE.storedAs(), backlog, shape.records()))
                        .isEqualTo(new Balance(shape.records(), 0, 0));
                assertThat(mostResidentMb.get()).as("resident MB").isLessThan(MAX_RESIDENT_MB);
            }
        }
    }
}
