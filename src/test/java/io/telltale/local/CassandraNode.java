package io.telltale.local;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.internal.core.connection.ExponentialReconnectionPolicy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A running Cassandra node, and what can be done to it. It keeps its address and its data through {@link #kill}. */
public final class CassandraNode {

    /** The data center of every node here. */
    public static final String DATACENTER = "datacenter1";

    private final String contactPoint;
    private final ServerLifecycle lifecycle;
    private final @Nullable StackSecurity security;

    CassandraNode(String contactPoint, ServerLifecycle lifecycle) {
        this(contactPoint, lifecycle, null);
    }

    CassandraNode(String contactPoint, ServerLifecycle lifecycle, @Nullable StackSecurity security) {
        this.contactPoint = contactPoint;
        this.lifecycle = lifecycle;
        this.security = security;
    }

    /** {@code host:port} of CQL. */
    public String contactPoint() {
        return contactPoint;
    }

    public String datacenter() {
        return DATACENTER;
    }

    /** A session of its own, with patience for schema changes. The caller closes it. */
    public CqlSession connect() {
        CqlSession session = connectTo(contactPoint, DATACENTER, security);
        awaitConnection(session);
        return session;
    }

    /** Starts it again and returns when it answers a SELECT. Nothing if it runs. */
    public void start() {
        lifecycle.start();
    }

    /** SIGTERM: it drains. Returns when it is gone. */
    public void stop() {
        lifecycle.stop();
    }

    /** SIGKILL: what a crash is. Returns when it is gone. */
    public void kill() {
        lifecycle.kill();
    }

    /** SIGSTOP: it is there, its connections are, and nothing answers. */
    public void pause() {
        lifecycle.pause();
    }

    /** SIGCONT. */
    public void resume() {
        lifecycle.resume();
    }

    public boolean isAlive() {
        return lifecycle.isAlive();
    }

    /** Of the process that runs now, or ran last. */
    public long pid() {
        return lifecycle.pid();
    }

    ServerLifecycle lifecycle() {
        return lifecycle;
    }

    /** To a node, or to several with commas between, of a data center. */
    static CqlSession connectTo(String contactPoints, String dataCenter) {
        return connectTo(contactPoints, dataCenter, null);
    }

    /** The same, as a superuser and with TLS if {@code security} is not null. */
    static CqlSession connectTo(String contactPoints, String dataCenter, @Nullable StackSecurity security) {
        DriverConfigLoader patience = DriverConfigLoader.programmaticBuilder()
                .withString(DefaultDriverOption.LOAD_BALANCING_LOCAL_DATACENTER, dataCenter)
                .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(20))
                .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(20))
                .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(5))
                // The class in application.conf is unknown to the loader below.
                .withClass(DefaultDriverOption.RECONNECTION_POLICY_CLASS, ExponentialReconnectionPolicy.class)
                // Nodes are killed and come back here; a minute between attempts is too long.
                .withDuration(DefaultDriverOption.RECONNECTION_MAX_DELAY, Duration.ofSeconds(1))
                // Closing waits 2 s for stragglers otherwise.
                .withInt(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, 0)
                .withInt(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, 0)
                .build();
        CqlSessionBuilder builder = CqlSession.builder()
                .addContactPoints(Arrays.stream(contactPoints.split(",", -1))
                        .map(CassandraNode::address)
                        .toList())
                .withConfigLoader(patience)
                // The thread's loader, under Quarkus or Maven, may hold another copy of the driver.
                .withClassLoader(CqlSession.class.getClassLoader());
        return (security == null ? builder : security.secure(builder)).build();
    }

    /**
     * On a busy machine a session opens although its pool could not connect in time. A statement then fails with "No
     * connection was available".
     */
    private static void awaitConnection(CqlSession session) {
        Awaitility.await("a connection to Cassandra")
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(AllNodesFailedException.class)
                .until(() -> session.execute("SELECT release_version FROM system.local")
                                .one()
                        != null);
    }

    private static InetSocketAddress address(String contactPoint) {
        int colon = contactPoint.lastIndexOf(':');
        return new InetSocketAddress(
                contactPoint.substring(0, colon), Integer.parseInt(contactPoint.substring(colon + 1)));
    }
}
