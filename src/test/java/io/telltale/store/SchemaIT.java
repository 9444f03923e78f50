package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.local.CassandraNode;
import io.telltale.local.SharedStack;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class SchemaIT {

    private final List<CqlSession> sessions = new ArrayList<>();

    @AfterEach
    void closeSessions() {
        sessions.forEach(CqlSession::close);
    }

    @Test
    void concurrentStartupsCreateOneSetOfTables() {
        StoreSettings settings = StoreSettings.ofNewKeyspace();
        for (int replica = 0; replica < 4; replica++) {
            sessions.add(SharedStack.get().cassandra().connect());
        }

        await(Uni.join()
                .all(sessions.stream()
                        .map(session -> schema(session, settings).create())
                        .toList())
                .andFailFast());

        List<Row> tables = sessions.get(0)
                .execute("SELECT table_name, id FROM system_schema.tables WHERE keyspace_name = '%s'"
                        .formatted(settings.keyspace()))
                .all();
        assertThat(tables)
                .extracting(row -> row.getString("table_name"))
                .containsExactlyInAnyOrder(
                        "schema_turns",
                        "readings",
                        "history",
                        "history_marks",
                        "history_summaries",
                        "fresh",
                        "fresh_minutes",
                        "recent",
                        "recent_buckets",
                        "recent_entries",
                        "recent_packs",
                        "leases",
                        "revisions",
                        "buckets",
                        "weeks",
                        "sensors",
                        "sensors_by_type",
                        "sensors_by_site",
                        "sensors_by_metadata",
                        "filter_values",
                        "sensor_changes",
                        "layouts",
                        "deletions",
                        "sensor_keys",
                        "topics",
                        "earlier_topics",
                        "progress",
                        "secrets");
        // A table created twice keeps one id in the schema, and writes to the other are lost.
        for (int replica = 0; replica < sessions.size(); replica++) {
            sessions.get(replica)
                    .execute("INSERT INTO %s.weeks (sensor_id, week) VALUES ('a', %d)"
                            .formatted(settings.keyspace(), replica));
        }
        for (CqlSession session : sessions) {
            assertThat(session.execute("SELECT week FROM %s.weeks WHERE sensor_id = 'a'".formatted(settings.keyspace()))
                            .all())
                    .hasSize(sessions.size());
            await(Statements.prepare(session, settings.keyspace()));
        }
        assertThat(sessions.get(0)
                        .execute(
                                "SELECT holder FROM %s.schema_turns WHERE name = 'turn'".formatted(settings.keyspace()))
                        .all())
                .as("locks that were not released")
                .isEmpty();
    }

    @Test
    void createsNothingWhenTheTablesExist() {
        StoreSettings settings = StoreSettings.ofNewKeyspace();
        sessions.add(SharedStack.get().cassandra().connect());
        await(schema(sessions.get(0), settings).create());
        sessions.get(0).execute("DROP TABLE %s.deletions".formatted(settings.keyspace()));

        sessions.add(SharedStack.get().cassandra().connect());
        await(schema(sessions.get(1), settings).create());

        assertThat(sessions.get(1)
                        .execute("SELECT table_name FROM system_schema.tables WHERE keyspace_name = '%s'"
                                .formatted(settings.keyspace()))
                        .all())
                .extracting(row -> row.getString("table_name"))
                .contains("readings")
                .doesNotContain("deletions");
    }

    @Test
    void refusesSegmentsThatItCouldNotFind() {
        StoreSettings settings = StoreSettings.ofNewKeyspace();
        sessions.add(SharedStack.get().cassandra().connect());
        CqlSession session = sessions.get(0);
        await(schema(session, settings).create());
        String older =
                "INSERT INTO %s.schema_turns (name, version) VALUES ('tables', 9)".formatted(settings.keyspace());
        session.execute(older);
        await(schema(session, settings).create());
        session.execute(older);
        session.execute("INSERT INTO %s.recent_buckets (type, shard, bucket) VALUES ('a', 0, 0)"
                .formatted(settings.keyspace()));
        assertThatThrownBy(() -> await(schema(session, settings).create()))
                .hasMessageContaining("keyspace %s has segments".formatted(settings.keyspace()));
    }

    @Test
    void theReplicationFollowsTheDataCenterOrTheSetting() {
        sessions.add(SharedStack.get().cassandra().connect());
        StoreSettings settings = StoreSettings.ofNewKeyspace();
        await(schema(sessions.get(0), settings).create());
        assertThat(replication(settings))
                .containsEntry("class", "org.apache.cassandra.locator.NetworkTopologyStrategy")
                .containsEntry(CassandraNode.DATACENTER, "1");

        StoreSettings custom =
                StoreSettings.ofNewKeyspace().withReplication("{'class': 'SimpleStrategy', 'replication_factor': 1}");
        await(schema(sessions.get(0), custom).create());
        assertThat(replication(custom)).containsEntry("class", "org.apache.cassandra.locator.SimpleStrategy");
    }

    @Test
    void aRetentionSelectsTimeWindowCompaction() {
        sessions.add(SharedStack.get().cassandra().connect());
        StoreSettings unlimited = StoreSettings.ofNewKeyspace();
        await(schema(sessions.get(0), unlimited).create());
        assertThat(compaction(unlimited))
                .containsEntry("class", "org.apache.cassandra.db.compaction.UnifiedCompactionStrategy");

        StoreSettings ninetyDays = StoreSettings.ofNewKeyspace().withRetention(Duration.ofDays(90));
        await(schema(sessions.get(0), ninetyDays).create());
        assertThat(compaction(ninetyDays))
                .containsEntry("class", "org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy")
                .containsEntry("compaction_window_unit", "DAYS")
                .containsEntry("compaction_window_size", "3");
    }

    private Map<String, String> compaction(StoreSettings settings) {
        Row row = Objects.requireNonNull(sessions.get(0)
                .execute("SELECT compaction FROM system_schema.tables WHERE keyspace_name = '%s'"
                                .formatted(settings.keyspace())
                        + " AND table_name = 'readings'")
                .one());
        return Objects.requireNonNull(row.getMap("compaction", String.class, String.class));
    }

    private Map<String, String> replication(StoreSettings settings) {
        Row row = Objects.requireNonNull(sessions.get(0)
                .execute("SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = '%s'"
                        .formatted(settings.keyspace()))
                .one());
        return Objects.requireNonNull(row.getMap("replication", String.class, String.class));
    }

    private static Schema schema(CqlSession session, StoreSettings settings) {
        return new Schema(
                session, settings, new Retention(settings, Clock.systemUTC()), new KeyspaceReplication(settings));
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofMinutes(2));
    }
}
