package io.telltale.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;

/** The process behind a {@link KafkaBroker}: broker and controller in one, on loopback. */
final class KafkaServer extends ServerProcess {

    private static final Duration FORMAT_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    private final Path directory;
    private final MemoryProfile memory;
    private final List<Path> classPath;
    private final Map<String, String> settings;
    private final int port = FreePorts.next();
    private final int controllerPort = FreePorts.next();

    /** @param settings further settings of the broker */
    KafkaServer(Path directory, MemoryProfile memory, List<Path> classPath, Map<String, String> settings) {
        super("Kafka", STOP_LIMIT);
        this.directory = Directories.create(directory);
        this.memory = memory;
        this.classPath = List.copyOf(classPath);
        this.settings = Map.copyOf(settings);
    }

    String bootstrapServers() {
        return FreePorts.LOOPBACK + ":" + port;
    }

    @Override
    JvmCommand prepare() {
        writeConfiguration();
        if (!Files.exists(data().resolve("meta.properties"))) {
            String clusterId = Uuid.randomUuid().toString();
            ChildJvm.start(command(
                            "kafka.tools.StorageTool",
                            List.of(
                                    "format",
                                    "-t",
                                    clusterId,
                                    "-c",
                                    configuration().toString())))
                    .awaitEnd(FORMAT_LIMIT);
        }
        return command("kafka.Kafka", List.of(configuration().toString()));
    }

    @Override
    boolean answers() {
        // The port first: a client that cannot connect says so, at length, in the log of the test.
        if (FreePorts.isFree(FreePorts.LOOPBACK, port)) {
            return false;
        }
        try (Admin admin = KafkaBroker.adminOf(bootstrapServers())) {
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
                node.id=1
                listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
                controller.listener.names=CONTROLLER
                controller.quorum.voters=1@127.0.0.1:%2$d
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                log.dirs=%3$s
                num.partitions=12
                auto.create.topics.enable=false
                group.initial.rebalance.delay.ms=0
                offsets.topic.num.partitions=4
                offsets.topic.replication.factor=1
                transaction.state.log.num.partitions=4
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                share.coordinator.state.topic.num.partitions=4
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                """.formatted(port, controllerPort, data()));
        settings.forEach(
                (key, value) -> properties.append(key).append('=').append(value).append('\n'));
        try {
            Files.writeString(configuration(), properties);
        } catch (IOException e) {
            throw new LocalStackException("could not write " + configuration(), e);
        }
    }
}
