package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.QueryConsistencyException;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links of a cluster in namespaces are cut and healed, and its clients see what Cassandra promises. */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class ClusterIT {

    private static final Duration CONVERGING = Duration.ofMinutes(1);

    @BeforeAll
    static void needsNamespaces() {
        ClusterNetwork.unavailable().ifPresent(reason -> Assumptions.abort(reason));
    }

    @Test
    void cutsAndSlowsNodesOfARing() {
        try (CassandraCluster cluster =
                        CassandraCluster.start(ClusterPlan.ring(3).isolated());
                CqlSession session = cluster.connect()) {
            createTable(cluster, session, "{'class': 'NetworkTopologyStrategy', 'datacenter1': 3}");
            ClusterNetwork network = cluster.network();
            ClusterNode first = cluster.node(1);
            ClusterNode third = cluster.node(3);
            write(cluster, session, 1, 1, DefaultConsistencyLevel.ALL);

            // One way: the third node gets the write, and its answer is lost on its way to the first.
            network.cut(third, first);
            assertThatThrownBy(() -> write(cluster, session, 1, 2, DefaultConsistencyLevel.ALL))
                    .isInstanceOf(QueryConsistencyException.class);
            write(cluster, session, 1, 3, DefaultConsistencyLevel.QUORUM);
            assertThat(read(cluster, session, 3, 2, DefaultConsistencyLevel.ONE))
                    .as("the write that failed at ALL, on the third node")
                    .isEqualTo(2);
            network.heal();
            cluster.awaitWhole();

            // Isolated: the third node hears nothing, and clients still reach it.
            network.isolate(third);
            write(cluster, session, 1, 4, DefaultConsistencyLevel.QUORUM);
            assertThat(read(cluster, session, 3, 4, DefaultConsistencyLevel.ONE))
                    .isNull();
            // Until the failure detector notices, some reads ask the third node and time out.
            awaitRead(cluster, session, 1, 4, DefaultConsistencyLevel.QUORUM);
            network.heal();
            cluster.awaitWhole();
            cluster.awaitHintsDelivered();
            assertThat(read(cluster, session, 3, 4, DefaultConsistencyLevel.ONE))
                    .isEqualTo(4);

            // Cut from clients: other nodes still reach it.
            network.cutFromClients(third);
            write(cluster, session, 1, 5, DefaultConsistencyLevel.ALL);
            assertThatThrownBy(() -> read(cluster, session, 3, 5, DefaultConsistencyLevel.ONE))
                    .isInstanceOf(DriverException.class);
            network.heal();
            awaitRead(cluster, session, 3, 5, DefaultConsistencyLevel.ONE);

            Duration usual = slowestOfTenReads(cluster, session);
            network.slow(third, Duration.ofMillis(600));
            Duration slow = slowestOfTenReads(cluster, session);
            network.heal();
            assertThat(slow).isGreaterThan(Duration.ofMillis(300)).isGreaterThan(usual);

            long before = third.pid();
            third.kill();
            write(cluster, session, 1, 6, DefaultConsistencyLevel.QUORUM);
            third.start();
            assertThat(third.pid()).isNotEqualTo(before);
            cluster.awaitWhole();
            cluster.awaitHintsDelivered();
            assertThat(read(cluster, session, 3, 6, DefaultConsistencyLevel.ONE))
                    .isEqualTo(6);
            cluster.repair("cluster_it");
            assertThat(third.diskBytes()).isPositive();
        }
    }

    @Test
    void splitsAndHealsTwoDataCenters() {
        try (CassandraCluster cluster =
                        CassandraCluster.start(ClusterPlan.dataCenters(2, 1).isolated());
                CqlSession one = cluster.connect("dc1");
                CqlSession two = cluster.connect("dc2")) {
            createTable(cluster, one, "{'class': 'NetworkTopologyStrategy', 'dc1': 2, 'dc2': 1}");
            assertThat(cluster.nodes("dc2")).extracting(ClusterNode::number).containsExactly(3);
            assertThat(cluster.nodeOf(one, 2).getRack()).isEqualTo("rack2");
            write(cluster, one, 1, 1, DefaultConsistencyLevel.EACH_QUORUM);
            assertThat(read(cluster, two, 3, 1, DefaultConsistencyLevel.LOCAL_QUORUM))
                    .isEqualTo(1);

            cluster.network().split("dc1", "dc2");
            assertThatThrownBy(() -> write(cluster, one, 1, 2, DefaultConsistencyLevel.EACH_QUORUM))
                    .isInstanceOf(QueryConsistencyException.class);
            write(cluster, one, 1, 3, DefaultConsistencyLevel.LOCAL_QUORUM);
            write(cluster, two, 3, 4, DefaultConsistencyLevel.LOCAL_QUORUM);
            assertThat(read(cluster, one, 1, 3, DefaultConsistencyLevel.LOCAL_QUORUM))
                    .isEqualTo(3);
            assertThat(read(cluster, two, 3, 4, DefaultConsistencyLevel.LOCAL_QUORUM))
                    .isEqualTo(4);
            assertThat(read(cluster, one, 1, 4, DefaultConsistencyLevel.LOCAL_QUORUM))
                    .isNull();
            assertThat(read(cluster, two, 3, 3, DefaultConsistencyLevel.LOCAL_QUORUM))
                    .isNull();

            cluster.network().heal();
            cluster.awaitWhole();
            cluster.awaitHintsDelivered();
            for (int value : new int[] {3, 4}) {
                assertThat(read(cluster, one, 1, value, DefaultConsistencyLevel.LOCAL_ONE))
                        .isEqualTo(value);
                assertThat(read(cluster, one, 2, value, DefaultConsistencyLevel.LOCAL_ONE))
                        .isEqualTo(value);
                assertThat(read(cluster, two, 3, value, DefaultConsistencyLevel.LOCAL_ONE))
                        .isEqualTo(value);
            }
        }
    }

    /** A killed run cannot remove its namespaces. Its process in one of them ends, and the next start removes them. */
    @Test
    void removesWhatAKilledRunLeft(@TempDir Path directory) throws IOException {
        Process owner = new ProcessBuilder(
                        JvmCommand.currentJavaHome().resolve("bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dbasedir=" + Directories.project(),
                        Owner.class.getName(),
                        directory.toString())
                .redirectError(Redirect.INHERIT)
                .start();
        try (BufferedReader output = owner.inputReader()) {
            ProcessHandle child =
                    ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
            assertThat(ClusterNamespaces.ownedBy(owner.pid())).hasSize(3);
            owner.toHandle().destroyForcibly();
            await().atMost(Duration.ofSeconds(20)).until(() -> !child.isAlive() && !owner.isAlive());

            ClusterNamespaces.create(1).close();

            assertThat(ClusterNamespaces.ownedBy(owner.pid())).isEmpty();
            assertThat(ClusterNamespaces.ownedBy(ProcessHandle.current().pid())).isEmpty();
        } finally {
            owner.destroyForcibly();
        }
    }

    /** Starts a process in a namespace, prints its process id, and waits to be killed. */
    static final class Owner {

        public static void main(String[] arguments) throws InterruptedException {
            Path directory = Path.of(arguments[0]);
            List<String> launcher = ClusterNamespaces.create(1).launcher(1);
            ChildJvm child = ChildJvm.start(new JvmCommand(
                    "The child",
                    JvmCommand.currentJavaHome(),
                    List.of(),
                    new JvmCommand.NativeExecutable(Path.of("/bin/sleep")),
                    List.of("600"),
                    Map.of(),
                    directory,
                    directory.resolve("child.log"),
                    launcher));
            System.out.println(child.pid());
            new CountDownLatch(1).await();
        }
    }

    private static void createTable(CassandraCluster cluster, CqlSession session, String replication) {
        session.execute("CREATE KEYSPACE cluster_it WITH replication = " + replication);
        // Reads repair nothing: each node shows what it was sent.
        session.execute("CREATE TABLE cluster_it.seen (id int PRIMARY KEY, value int) WITH read_repair = 'NONE'"
                + " AND speculative_retry = 'NEVER'");
        cluster.awaitSchemaAgreement();
    }

    /** Through a node, which coordinates it. A value is its own key. */
    private static void write(
            CassandraCluster cluster, CqlSession session, int node, int value, ConsistencyLevel level) {
        session.execute(
                SimpleStatement.newInstance("INSERT INTO cluster_it.seen (id, value) VALUES (?, ?)", value, value)
                        .setConsistencyLevel(level)
                        .setNode(cluster.nodeOf(session, node)));
    }

    private static @Nullable Integer read(
            CassandraCluster cluster, CqlSession session, int node, int value, ConsistencyLevel level) {
        Row row = session.execute(SimpleStatement.newInstance("SELECT value FROM cluster_it.seen WHERE id = ?", value)
                        .setConsistencyLevel(level)
                        .setTimeout(Duration.ofSeconds(6))
                        .setNode(cluster.nodeOf(session, node)))
                .one();
        return row == null ? null : row.getInt(0);
    }

    private static void awaitRead(
            CassandraCluster cluster, CqlSession session, int node, int value, ConsistencyLevel level) {
        await().atMost(CONVERGING)
                .ignoreExceptionsInstanceOf(DriverException.class)
                .untilAsserted(() ->
                        assertThat(read(cluster, session, node, value, level)).isEqualTo(value));
    }

    private static Duration slowestOfTenReads(CassandraCluster cluster, CqlSession session) {
        Duration slowest = Duration.ZERO;
        for (int i = 0; i < 10; i++) {
            long start = System.nanoTime();
            read(cluster, session, 1, 1, DefaultConsistencyLevel.ALL);
            Duration time = Duration.ofNanos(System.nanoTime() - start);
            slowest = time.compareTo(slowest) > 0 ? time : slowest;
        }
        return slowest;
    }
}
