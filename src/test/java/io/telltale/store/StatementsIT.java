package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.SharedStack;
import io.telltale.store.Statements.Cql;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class StatementsIT {

    /** Of all partitions, of several, or of one that the text names. */
    private static final Set<Cql> WITHOUT_KEY = EnumSet.of(
            Cql.DELETIONS,
            Cql.DELETIONS_REVISION,
            Cql.RENEW_DELETIONS_REVISION,
            Cql.INDEX_REVISION,
            Cql.SET_INDEX_REVISION,
            Cql.SENSORS,
            Cql.ALL_SENSORS,
            Cql.SENSORS_AFTER,
            Cql.TOPICS,
            Cql.WEEKS_OF_SHARDS,
            Cql.FRESH_TYPES,
            Cql.FRESH_PARTITIONS,
            Cql.RECENT_PACK_SPANS,
            Cql.SEGMENT_TYPES);

    /** Otherwise any node would have to ask a replica, which doubles the work and adds a hop. */
    @Test
    void theDriverKnowsThePartitionKeyAndAsksAReplica() {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            StoreSettings settings = StoreSettings.ofNewKeyspace();
            new Schema(session, settings, new Retention(settings, Clock.systemUTC()), new KeyspaceReplication(settings))
                    .create()
                    .await()
                    .atMost(Duration.ofMinutes(1));
            Statements statements =
                    Statements.prepare(session, settings.keyspace()).await().atMost(Duration.ofMinutes(1));
            for (Cql cql : EnumSet.complementOf(EnumSet.copyOf(WITHOUT_KEY))) {
                assertThat(statements.get(cql).getPartitionKeyIndices())
                        .as(cql.name())
                        .isNotEmpty();
            }
        }
    }
}
