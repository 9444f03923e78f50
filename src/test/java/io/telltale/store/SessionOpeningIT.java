package io.telltale.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.local.TcpRelay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cassandra becomes unavailable while the packaged service opens its session. Checks that the service receives the
 * failure of the Quarkus extension; {@link SessionOpeningTest} checks how it handles the failure.
 */
@Tag("servers")
@Tag("long")
class SessionOpeningIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Within the handshake of the first connection. */
    private static final int BYTES = 100;

    @Test
    void opensAnotherSessionAndBecomesReady(@TempDir Path directory) throws Exception {
        SharedStack stack = SharedStack.get();
        StoreSettings settings = StoreSettings.ofNewKeyspace();
        try (CqlSession session = stack.cassandra().connect()) {
            new Schema(session, settings, new Retention(settings, Clock.systemUTC()), new KeyspaceReplication(settings))
                    .create()
                    .await()
                    .atMost(LIMIT);
        }
        try (TcpRelay relay = TcpRelay.to(stack.cassandra().contactPoint());
                ServiceProcess service =
                        new ServiceProcess(ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                                .sparing()
                                .with("telltale.storage.keyspace", settings.keyspace())
                                .with("quarkus.cassandra.contact-points", relay.address())
                                // Otherwise the driver would retry by itself on the same session.
                                .with("quarkus.cassandra.init.reconnect-on-init", "false"))) {
            relay.cutAfter(BYTES);
            CompletableFuture<Void> started = CompletableFuture.runAsync(service::start);
            await().atMost(LIMIT).until(relay::isCut);
            relay.mend();
            started.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(log(service))
                    .containsPattern("not ready for keyspace %s yet, trying again: .*AllNodesFailed"
                            .formatted(settings.keyspace()))
                    .doesNotContain("The service ends");
        }
    }

    private static String log(ServiceProcess service) throws IOException {
        return Files.readString(service.log(), UTF_8);
    }
}
