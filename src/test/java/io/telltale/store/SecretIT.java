package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import io.smallrye.mutiny.Uni;
import io.telltale.local.SharedStack;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
class SecretIT {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** Shared, as it takes seconds to create all tables. */
    private static final StoreSettings SETTINGS = StoreSettings.ofNewKeyspace();

    private final List<CqlSession> sessions = new ArrayList<>();

    @AfterEach
    void closeSessions() {
        sessions.forEach(CqlSession::close);
    }

    @Test
    void concurrentAndLaterReplicasReadTheSameKey() {
        List<Secret> replicas = new ArrayList<>();
        for (int replica = 0; replica < 4; replica++) {
            replicas.add(secret("cursors", SETTINGS));
        }
        List<byte[]> keys = await(
                Uni.join().all(replicas.stream().map(Secret::key).toList()).andFailFast());

        assertThat(keys).allSatisfy(key -> assertThat(key).hasSize(32).isEqualTo(keys.get(0)));
        assertThat(await(secret("cursors", SETTINGS).key())).isEqualTo(keys.get(0));
    }

    @Test
    void eachNameAndKeyspaceHasItsOwnKey() {
        byte[] key = await(secret("one", SETTINGS).key());
        assertThat(await(secret("another", SETTINGS).key())).isNotEqualTo(key);
        assertThat(await(secret("one", StoreSettings.ofNewKeyspace()).key())).isNotEqualTo(key);
    }

    private Secret secret(String name, StoreSettings settings) {
        CqlSession session = SharedStack.get().cassandra().connect();
        sessions.add(session);
        await(new Schema(
                        session,
                        settings,
                        new Retention(settings, Clock.systemUTC()),
                        new KeyspaceReplication(settings))
                .create());
        return new Secret(name, session, await(Statements.prepare(session, settings.keyspace())));
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(LIMIT);
    }
}
