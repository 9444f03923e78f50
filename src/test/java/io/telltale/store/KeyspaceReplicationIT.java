package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.local.SharedStack;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class KeyspaceReplicationIT {

    private static final String SIMPLE = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    private static final String TWO = "{'class': 'NetworkTopologyStrategy', 'datacenter1': 2}";
    private static final String ONE = "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}";

    private final List<Integer> statuses = new CopyOnWriteArrayList<>();
    private CqlSession session;

    @BeforeEach
    void connect() {
        session = SharedStack.get().cassandra().connect();
    }

    @AfterEach
    void close() {
        session.close();
    }

    @Test
    void changesOnlyAKeyspaceThatHasWhatIsToBeReplaced() {
        StoreSettings settings = StoreSettings.ofNewKeyspace();
        start(settings.withReplication(SIMPLE));
        assertThat(replication(settings)).isEqualTo(parsed(SIMPLE));

        start(settings.withReplication(ONE));
        assertThat(replication(settings)).as("not changed without being asked").isEqualTo(parsed(SIMPLE));

        start(settings.withReplication(ONE).withReplaceReplication(TWO));
        assertThat(replication(settings)).as("another was to be replaced").isEqualTo(parsed(SIMPLE));

        start(settings.withReplication(ONE).withReplaceReplication(SIMPLE));
        assertThat(replication(settings)).isEqualTo(parsed(ONE));

        start(settings.withReplication(ONE).withReplaceReplication(SIMPLE));
        assertThat(replication(settings)).as("left set").isEqualTo(parsed(ONE));
    }

    @Test
    void endsForADataCenterThatTheClusterLacks() {
        StoreSettings settings = StoreSettings.ofNewKeyspace()
                .withReplication("{'class': 'NetworkTopologyStrategy', 'datacenter1': 1, 'west': 1}");
        assertThatThrownBy(() -> start(settings))
                .hasMessageContaining(
                        "telltale.storage.replication names data center west; expected one of the cluster's: datacenter1");
        assertThat(statuses).containsExactly(1);

        StoreSettings existing = StoreSettings.ofNewKeyspace();
        start(existing.withReplication(ONE));
        assertThatThrownBy(() ->
                        start(existing.withReplication(settings.replication().orElseThrow())))
                .as("also of a keyspace that exists")
                .hasMessageContaining("names data center west");
    }

    @Test
    void endsForAWriteLevelThatTheKeyspaceCanNeverMeet() {
        StoreSettings settings = StoreSettings.ofNewKeyspace().withWriteConsistency("one", Map.of("noise", "two"));
        assertThatThrownBy(() -> start(settings))
                .hasMessageContaining("telltale.storage.write-consistency.noise is two; expected a level that"
                        + " replication factor 1 in datacenter1 can meet");
        assertThat(statuses).containsExactly(1);
    }

    @Test
    void needsAReplicationInsteadOfTheReplacedOne() {
        assertThatThrownBy(() -> new KeyspaceReplication(StoreSettings.in("any").withReplaceReplication(ONE)))
                .hasMessageStartingWith("telltale.storage.replace-replication is " + ONE)
                .hasMessageContaining("telltale.storage.replication");
    }

    @Test
    void namesTheRepairThatAChangeNeeds() {
        KeyspaceReplication replication = new KeyspaceReplication(StoreSettings.in("telltale"));
        assertThat(replication.steps(factors(Map.of("a", 2)), factors(Map.of("a", 3))))
                .containsExactly(
                        "run 'nodetool repair -full telltale' on every node of a: until then reads may miss readings");
        assertThat(replication.steps(factors(Map.of("a", 3)), factors(Map.of("a", 3, "b", 3))))
                .singleElement()
                .asString()
                .contains("nodetool rebuild -ks telltale", "every node of b");
        assertThat(replication.steps(factors(Map.of("a", 3, "b", 3)), factors(Map.of("a", 3))))
                .singleElement()
                .asString()
                .contains("nodetool cleanup telltale");
        assertThat(replication.steps(parsed(SIMPLE), parsed(ONE)))
                .satisfiesExactly(
                        repair -> assertThat(repair).contains("nodetool repair -full telltale"),
                        cleanup -> assertThat(cleanup).contains("nodetool cleanup telltale"));
    }

    private void start(StoreSettings settings) {
        Database database = new Database(
                new Sessions(() -> CompletableFuture.completedFuture(session)),
                settings,
                new Retention(settings, Clock.systemUTC()),
                statuses::add);
        database.connect(new StartupEvent());
        try {
            database.whenReady().await().atMost(Duration.ofMinutes(1));
        } catch (RuntimeException e) {
            // A start that fails closes its session.
            session = SharedStack.get().cassandra().connect();
            throw e;
        } finally {
            database.stop(new ShutdownEvent());
        }
    }

    private ReplicationSetting replication(StoreSettings settings) {
        return ReplicationSetting.of(session.refreshSchema()
                .getKeyspace(settings.keyspace())
                .orElseThrow()
                .getReplication());
    }

    private static ReplicationSetting factors(Map<String, Integer> factors) {
        return new ReplicationSetting(ReplicationSetting.BY_DATA_CENTER, factors);
    }

    private static ReplicationSetting parsed(String cql) {
        return ReplicationSetting.parse("any", cql);
    }
}
