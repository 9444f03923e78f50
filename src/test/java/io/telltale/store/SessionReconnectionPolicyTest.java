package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The driver opens a session with retries, as the Quarkus extension configures it, on a node that refuses it. */
@Tag("slow")
class SessionReconnectionPolicyTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String INCORRECT = "Provided username and/or password are incorrect";

    @Test
    void refusedCredentialsEndTheOpening() throws IOException {
        try (RefusingNode node = new RefusingNode(RefusingNode.BAD_CREDENTIALS, INCORRECT)) {
            assertIsRefused(
                    node,
                    "quarkus.cassandra.auth.password",
                    node.address().getAddress().getHostAddress(),
                    INCORRECT);
        }
    }

    @Test
    void anUnsupportedProtocolVersionEndsTheOpening() throws IOException {
        try (RefusingNode node =
                new RefusingNode(RefusingNode.PROTOCOL_ERROR, "Invalid or unsupported protocol version (4)")) {
            assertIsRefused(node, "does not support protocol version V4");
        }
    }

    /** A node that has just started, then reads the credentials and refuses them. */
    @Test
    void aNodeThatCannotReadCredentialsIsTriedAgain() throws Exception {
        try (RefusingNode node = new RefusingNode(
                RefusingNode.BAD_CREDENTIALS,
                "Unable to perform authentication: Cannot achieve consistency level QUORUM")) {
            CompletableFuture<CqlSession> opening = open(node);
            await().atMost(LIMIT).until(() -> node.refused() >= 6);
            assertThat(opening).isNotDone();

            node.refuses(RefusingNode.BAD_CREDENTIALS, INCORRECT);
            assertThatThrownBy(() -> opening.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(AuthenticationException.class)
                    .hasMessageContaining(INCORRECT);
        }
    }

    private static void assertIsRefused(RefusingNode node, String... expected) {
        assertThatThrownBy(() -> new Sessions(() -> open(node)).open().await().atMost(LIMIT))
                .hasMessageContainingAll(expected)
                .asInstanceOf(type(Sessions.UnusableException.class))
                .returns(true, Sessions.UnusableException::isExplained);
    }

    private static CompletableFuture<CqlSession> open(RefusingNode node) {
        return CqlSession.builder()
                .addContactPoint(node.address())
                .withLocalDatacenter("datacenter1")
                .withAuthCredentials("telltale", "of-yesterday")
                .withConfigLoader(DriverConfigLoader.programmaticBuilder()
                        .withBoolean(DefaultDriverOption.RECONNECT_ON_INIT, true)
                        // The session fails once its threads have ended.
                        .withInt(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, 0)
                        .withInt(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, 0)
                        .build())
                .buildAsync()
                .toCompletableFuture();
    }
}
