package io.telltale.security;

import static io.telltale.security.SensorRequests.awaitValues;
import static io.telltale.security.SensorRequests.marker;
import static io.telltale.security.SensorRequests.post;
import static io.telltale.security.SensorRequests.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.RestAssured;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterPlan;
import io.telltale.local.KafkaBroker;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cassandra keeps writes for an unavailable node in files of their own, the hints. {@code SealedReadingsTest} has the
 * others.
 */
@Tag("servers")
@Tag("long")
class SealedHintsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TYPE = "hinted";
    private static final String SEALED = "sealed-hinted-sensor";
    private static final String OPEN = "open-hinted-sensor";

    @Test
    void hintsHaveNoSealedValue(@TempDir Path directory) {
        KafkaBroker kafka = KafkaBroker.start(Progress.SILENT);
        int portBefore = RestAssured.port;
        try (CassandraCluster ring = CassandraCluster.start(ClusterPlan.ring(3))) {
            ServiceSettings settings = ServiceSettings.packaged(kafka, ring, directory)
                    .sparing()
                    .secured()
                    .withAll(new SecuredService().getConfigOverrides())
                    .with("mp.messaging.incoming.sensors.metadata.max.age.ms", "200");
            RestAssured.port = settings.httpPort();
            try (ServiceProcess service = new ServiceProcess(settings)) {
                service.start();
                post(reading(SEALED, TYPE, 0, "before"), reading(OPEN, TYPE, 0, "before"));
                awaitValues(SEALED, "before");
                awaitValues(OPEN, "before");

                ring.node(3).kill();
                String sealed = marker();
                String open = marker();
                post(reading(SEALED, TYPE, 1, sealed));
                awaitValues(SEALED, "before", sealed);
                post(reading(OPEN, TYPE, 1, open));
                awaitValues(OPEN, "before", open);
                await().atMost(LIMIT).until(() -> hintsHave(ring, open));
                await().atMost(LIMIT).until(() -> hintsHave(ring, SEALED));
                assertThat(hintsHave(ring, sealed)).isFalse();
            }
        } finally {
            RestAssured.port = portBefore;
            kafka.kill();
        }
    }

    private static boolean hintsHave(CassandraCluster ring, String text) {
        return Stream.of(1, 2).anyMatch(number -> ring.node(number).hasHintsWith(text));
    }
}
