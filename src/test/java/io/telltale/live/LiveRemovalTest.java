package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.settings.CapturedLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.consumer.internals.FetchCollector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The short form of {@link LiveRemovalIT}: one replica, on which streams are closed and resumed all the time, and no
 * faults but those of the topic.
 */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LiveRemovalTest {

    private static final long SEED = Long.getLong("seed", 1);

    @Test
    void receivesEachStoredReadingOnce(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws Exception {
        Random random = new Random(SEED);
        RemovalScenario scenario = new RemovalScenario(
                "short-removal-" + SharedStack.get().nextNumber(),
                List.of("http://localhost:" + RestAssured.port),
                random,
                directory);
        try (CapturedLog log = CapturedLog.by(FetchCollector.class)) {
            scenario.begin();
            scenario.send(10 + random.nextInt(20));
            scenario.removeRecords();
            scenario.send(10 + random.nextInt(20));
            scenario.recreate();
            scenario.send(10 + random.nextInt(20));
            scenario.awaitStored();
            scenario.recreate();
            scenario.awaitLast();
            // It would warn of each fetch from a deleted topic.
            assertThat(log.lines()).isEmpty();
        }
        assertThat(scenario.requireAll())
                .as("share of readings that were stored and not received, seed %d", SEED)
                .containsOnly(0.0);
    }
}
