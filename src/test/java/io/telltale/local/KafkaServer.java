package io.telltale.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/** The process behind a {@link KafkaBroker}: broker and controller in one, on loopback. */
final class KafkaServer extends ServerProcess {

    private static final Duration FORMAT_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    private final Path directory;
    private final MemoryProfile memory;
    private final List<Path> classPath;
    private final Map<String, String> settings;
    private final KafkaPlace place;
    private final @Nullable StackSecurity security;

    /** @param settings further settings of the broker */
    KafkaServer(Path directory, MemoryProfile memory, List<Path> classPath, Map<String, String> settings) {
        this(KafkaPlace.of(1).get(0), directory, memory, classPath, settings, null);
    }

    /** A broker of its own; with TLS and passwords if {@code security} is not null. */
    KafkaServer(
            Path directory,
            MemoryProfile memory,
            List<Path> classPath,
            Map<String, String> settings,
            @Nullable StackSecurity security) {
        this(KafkaPlace.of(1).get(0), directory, memory, classPath, settings, security);
    }

    KafkaServer(
            KafkaPlace place,
            Path directory,
            MemoryProfile memory,
            List<Path> classPath,
            Map<String, String> settings) {
        this(place, directory, memory, classPath, settings, null);
    }

    private KafkaServer(
            KafkaPlace place,
            Path directory,
            MemoryProfile memory,
            List<Path> classPath,
            Map<String, String> settings,
            @Nullable StackSecurity security) {
        super("Kafka", STOP_LIMIT);
        this.place = place;
        this.directory = Directories.create(directory);
        this.memory = memory;
        this.classPath = List.copyOf(classPath);
        this.settings = Map.copyOf(settings);
        this.security = security;
    }

    String bootstrapServers() {
        return place.bootstrapServer();
    }

    /** What a client needs to connect, with all rights. */
    Map<String, Object> connection() {
        Map<String, Object> connection = new HashMap<>(security == null ? Map.of() : security.kafkaClient());
        connection.put("bootstrap.servers", bootstrapServers());
        return connection;
    }

    @Override
    JvmCommand prepare() {
        writeConfiguration();
        if (!Files.exists(data().resolve("meta.properties"))) {
            List<String> format = new ArrayList<>(List.of(
                    "format", "-t", place.clusterId(), "-c", configuration().toString()));
            if (security != null) {
                format.addAll(security.kafkaFormatOptions());
            }
            ChildJvm.start(command("kafka.tools.StorageTool", format)).awaitEnd(FORMAT_LIMIT);
        }
        return command("kafka.Kafka", List.of(configuration().toString()));
    }

    @Override
    boolean answers() {
        // The port first: a client that cannot connect says so, at length, in the log of the test.
        if (FreePorts.isFree(FreePorts.LOOPBACK, place.port())) {
            return false;
        }
        try (Admin admin = KafkaBroker.adminOf(connection())) {
            return !admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while waiting for Kafka", e);
        }
    }

    private JvmCommand command(String mainClass, List<String> arguments) {
        List<String> options = new ArrayList<>(memory.kafkaOptions());
        options.addAll(List.of(
                "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
                "-Dorg.slf4j.simpleLogger.showThreadName=false"));
        return new JvmCommand(
                "Kafka",
                JvmCommand.currentJavaHome(),
                options,
                new JvmCommand.MainClass(classPath, mainClass),
                arguments,
                Map.of(),
                directory,
                directory.resolve("kafka.log"));
    }

    private Path configuration() {
        return directory.resolve("server.properties");
    }

    private Path data() {
        return directory.resolve("data");
    }

    private void writeConfiguration() {
        StringBuilder properties = new StringBuilder("""
                process.roles=broker,controller
                node.id=%4$d
                listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
                controller.listener.names=CONTROLLER
                controller.quorum.voters=%5$s
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                log.dirs=%3$s
                num.partitions=12
                default.replication.factor=%6$d
                min.insync.replicas=%7$d
                auto.create.topics.enable=false
                group.initial.rebalance.delay.ms=0
                offsets.topic.num.partitions=4
                offsets.topic.replication.factor=%6$d
                transaction.state.log.num.partitions=4
                transaction.state.log.replication.factor=%6$d
                transaction.state.log.min.isr=%7$d
                share.coordinator.state.topic.num.partitions=4
                share.coordinator.state.topic.replication.factor=%6$d
                share.coordinator.state.topic.min.isr=%7$d
                """.formatted(
                        place.port(),
                        place.controllerPort(),
                        data(),
                        place.id(),
                        place.voters(),
                        place.replicationFactor(),
                        place.minInSyncReplicas()));
        Map<String, String> overrides = new HashMap<>(settings);
        if (security != null) {
            overrides.putAll(security.kafkaSettings(place));
        }
        // Behind the others: of a key that is given twice, the last value counts.
        overrides.forEach(
                (key, value) -> properties.append(key).append('=').append(value).append('\n'));
        try {
            Files.writeString(configuration(), properties);
        } catch (IOException e) {
            throw new LocalStackException("could not write " + configuration(), e);
        }
    }
}
