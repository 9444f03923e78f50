package io.telltale.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Several Kafka brokers, each also a controller. With three or more, topics have three replicas, of which two must
 * acknowledge a record ({@code min.insync.replicas=2}).
 */
public final class KafkaCluster implements AutoCloseable {

    private final Path directory;
    private final List<KafkaServer> servers = new ArrayList<>();

    private KafkaCluster(Path directory, List<KafkaPlace> places, List<Path> classPath) {
        this.directory = directory;
        for (KafkaPlace place : places) {
            servers.add(new KafkaServer(
                    place, directory.resolve("kafka-" + place.id()), MemoryProfile.RING, classPath, Map.of()));
        }
    }

    /**
     * Starts a fresh cluster and returns when every broker is one of it.
     *
     * @throws LocalStackException if it cannot be had; nothing is left running then
     */
    public static KafkaCluster start(int brokers) {
        KafkaCluster cluster = new KafkaCluster(
                Directories.fresh("brokers"),
                KafkaPlace.of(brokers),
                ServerClassPath.kafka().resolve(Progress.SILENT));
        try {
            cluster.servers.forEach(ServerProcess::launch);
            cluster.servers.forEach(ServerProcess::awaitReady);
            cluster.awaitWhole();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /** {@code host:port} of all brokers, with commas between. */
    public String bootstrapServers() {
        return servers.stream().map(KafkaServer::bootstrapServers).collect(Collectors.joining(","));
    }

    /**
     * The broker of that number, from 1, to be killed, paused or started again. {@link KafkaBroker#createTopic} makes
     * topics with one replica: use {@link #createTopic} instead.
     */
    public KafkaBroker broker(int number) {
        KafkaServer server = servers.get(number - 1);
        return new KafkaBroker(server.bootstrapServers(), server);
    }

    /** Makes a topic with the replicas that the brokers are set to, and returns when it is there. */
    public void createTopic(String name, int partitions, Map<String, String> configuration) {
        KafkaBroker.createTopic(
                Map.of("bootstrap.servers", bootstrapServers()),
                new NewTopic(name, Optional.of(partitions), Optional.empty()),
                configuration);
    }

    /** A client for whatever else is to be asked or changed. The caller closes it. */
    public Admin admin() {
        return KafkaBroker.adminOf(bootstrapServers());
    }

    /** Returns when all brokers are members of the cluster. */
    public void awaitWhole() {
        try (Admin admin = admin()) {
            servers.get(0).awaitAnswer(() -> brokersOf(admin) == servers.size());
        }
    }

    /** Kills all brokers. The logs stay until the next run. */
    @Override
    public void close() {
        for (int i = 0; i < servers.size(); i++) {
            servers.get(i).kill();
            Directories.delete(directory.resolve("kafka-" + (i + 1)).resolve("data"));
        }
    }

    private static int brokersOf(Admin admin) {
        try {
            return admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).size();
        } catch (ExecutionException | TimeoutException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while waiting for Kafka", e);
        }
    }
}
