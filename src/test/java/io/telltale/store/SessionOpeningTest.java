package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.local.CassandraNode;
import io.telltale.local.SharedStack;
import io.telltale.local.TcpRelay;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cassandra becomes unavailable while the first session is opened, after a number of response bytes, and recovers. */
@Tag("servers")
class SessionOpeningTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final StoreSettings SETTINGS = StoreSettings.ofNewKeyspace();

    private final List<CompletionStage<CqlSession>> opened = new CopyOnWriteArrayList<>();
    private final List<Integer> statuses = new ArrayList<>();

    @AfterEach
    void closeSessions() {
        opened.forEach(opening -> opening.thenAccept(CqlSession::closeAsync));
    }

    @BeforeAll
    static void createTables() {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            new Schema(session, SETTINGS, new Retention(SETTINGS, Clock.systemUTC()), new KeyspaceReplication(SETTINGS))
                    .create()
                    .await()
                    .atMost(LIMIT);
        }
    }

    /**
     * During the first connection and while the driver reads the schema over it; the exact point depends on the
     * schema.
     */
    @ParameterizedTest
    @ValueSource(longs = {300, 4_000, 16_000})
    void opensASessionAfterAnOutage(long bytes) {
        assertIsReadyAfterACut(bytes, SETTINGS);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100, 1_000, 2_000, 3_000, 6_000, 8_000, 12_000, 32_000})
    @Tag("long")
    void opensASessionAfterAnOutageAtAnyPoint(long bytes) {
        assertIsReadyAfterACut(bytes, SETTINGS);
    }

    /** Would take 20 s for each table with a session that has no schema metadata. */
    @Test
    @Tag("long")
    void createsTheTablesAfterAnOutage() {
        assertIsReadyAfterACut(4_000, StoreSettings.ofNewKeyspace());
    }

    private void assertIsReadyAfterACut(long bytes, StoreSettings settings) {
        try (TcpRelay relay = TcpRelay.to(SharedStack.get().cassandra().contactPoint())) {
            relay.cutAfter(bytes);
            Database database = new Database(
                    new Sessions(() -> open(relay.address())),
                    settings,
                    new Retention(settings, Clock.systemUTC()),
                    statuses::add);
            database.connect(new StartupEvent());
            try {
                await().atMost(LIMIT).until(relay::isCut);
                relay.mend();
                database.whenReady().await().atMost(LIMIT);
                assertThat(statuses).isEmpty();
            } finally {
                database.stop(new ShutdownEvent());
            }
        }
    }

    private CompletionStage<CqlSession> open(String address) {
        int colon = address.lastIndexOf(':');
        CompletionStage<CqlSession> opening = CqlSession.builder()
                .addContactPoint(new InetSocketAddress(
                        address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))))
                .withLocalDatacenter(CassandraNode.DATACENTER)
                .buildAsync();
        opened.add(opening);
        return opening;
    }
}
