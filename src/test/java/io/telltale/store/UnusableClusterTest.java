package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.InvalidKeyspaceException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.connection.ClosedConnectionException;
import com.datastax.oss.driver.internal.core.metadata.DefaultEndPoint;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.TimeoutException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
class UnusableClusterTest {

    private final StoreSettings settings = StoreSettings.in("any");
    private final List<Integer> statuses = new CopyOnWriteArrayList<>();
    private final AtomicInteger opened = new AtomicInteger();

    static List<Throwable> permanent() {
        return List.of(
                new InvalidKeyspaceException("no such keyspace"),
                authentication("Provided username and/or password are incorrect"),
                new IllegalStateException("the local DC must be explicitly set"),
                new IllegalArgumentException("no address"));
    }

    static List<Throwable> transientFailures() {
        return List.of(
                authentication("Unable to perform authentication: Cannot achieve consistency level QUORUM"),
                new IllegalStateException("Driver channel is closing"),
                new ClosedChannelException(),
                new ClosedConnectionException("Lost connection to remote peer"));
    }

    @ParameterizedTest
    @MethodSource("permanent")
    void aPermanentFailureEndsTheProcess(Throwable failure) {
        Database database = database(failure);
        database.connect(new StartupEvent());
        assertThat(statuses).containsExactly(1);
        assertThat(opened).hasValue(1);
        assertThat(database.isReady()).isFalse();
        assertThatThrownBy(() -> database.whenReady().await().atMost(Duration.ofSeconds(5)))
                .hasMessageContaining(failure.getMessage());
    }

    /** Quarkus cancels the session when the start fails for another reason. */
    @Test
    void aCanceledSessionNeedsNoStackTrace() {
        assertThat(new Sessions.UnusableException(new CancellationException()))
                .hasMessageContaining("because the start failed")
                .returns(true, Sessions.UnusableException::isExplained);
    }

    @ParameterizedTest
    @MethodSource("transientFailures")
    void aTransientFailureIsRetriedUntilShutdown(Throwable failure) {
        Database database = database(failure);
        database.connect(new StartupEvent());
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> opened.get() > 1);
        } finally {
            database.stop(new ShutdownEvent());
        }
        assertThatThrownBy(() -> database.whenReady().await().atMost(Duration.ofSeconds(20)))
                .isNotInstanceOf(TimeoutException.class);
        assertThat(statuses).isEmpty();
    }

    private Database database(Throwable failure) {
        return new Database(
                new Sessions(() -> {
                    opened.incrementAndGet();
                    return CompletableFuture.<CqlSession>failedFuture(failure);
                }),
                settings,
                new Retention(settings, Clock.systemUTC()),
                statuses::add);
    }

    private static AuthenticationException authentication(String message) {
        return new AuthenticationException(
                new DefaultEndPoint(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9042)), message);
    }
}
