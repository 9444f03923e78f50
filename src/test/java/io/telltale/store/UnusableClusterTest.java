package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.InvalidKeyspaceException;
import io.quarkus.runtime.StartupEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UnusableClusterTest {

    private final StoreSettings settings = StoreSettings.in("any");
    private final List<Integer> statuses = new ArrayList<>();

    @Test
    void aSessionThatWillNotBeOpenedLaterEitherEndsTheProcess() {
        CompletableFuture<CqlSession> session = new CompletableFuture<>();
        Database database =
                new Database(() -> session, settings, new Retention(settings, Clock.systemUTC()), statuses::add);
        database.connect(new StartupEvent());
        assertThat(statuses).isEmpty();
        session.completeExceptionally(new InvalidKeyspaceException("wrong password"));
        assertThat(statuses).containsExactly(1);
        assertThat(database.wasReady()).isFalse();
        assertThatThrownBy(() -> database.whenReady().await().atMost(Duration.ofSeconds(5)))
                .hasMessageContaining("wrong password");
    }
}
