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
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** One Kafka, broker and controller in one process, on loopback. It can be ended and started again on its data. */
public final class KafkaBroker implements AutoCloseable {

    private static final Duration READY_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final int ANSWER_LIMIT_SECONDS = 30;

    private final Path directory;
    private final MemoryProfile memory;
    private final List<Path> classPath;
    private final int port = FreePorts.next();
    private final int controllerPort = FreePorts.next();
    private @Nullable ChildJvm process;

    KafkaBroker(Path directory, MemoryProfile memory, List<Path> classPath) {
        this.directory = Directories.create(directory);
        this.memory = memory;
        this.classPath = List.copyOf(classPath);
    }

    /** {@code host:port}, the same after every start. */
    public String bootstrapServers() {
        return FreePorts.LOOPBACK + ":" + port;
    }

    /** Starts it, on the data of before if there is some, and returns when it answers. */
    public void start() {
        if (process != null && process.isAlive()) {
            return;
        }
        writeConfiguration();
        if (!Files.exists(data().resolve("meta.properties"))) {
            ChildJvm.start(command(
                            "kafka.tools.StorageTool",
                            List.of(
                                    "format",
                                    "-t",
                                    Uuid.randomUuid().toString(),
                                    "-c",
                                    configuration().toString())))
                    .awaitEnd(READY_LIMIT);
        }
        ChildJvm started =
                ChildJvm.start(command("kafka.Kafka", List.of(configuration().toString())));
        process = started;
        try (Admin admin = admin()) {
            started.awaitReady(READY_LIMIT, () -> answers(admin));
        }
    }

    /** SIGTERM: it hands over and closes its logs. */
    public void stop() {
        running().stop(STOP_LIMIT);
    }

    /** SIGKILL: what a crash is. */
    public void kill() {
        running().kill();
    }

    /** SIGSTOP: it is there and does not answer. */
    public void pause() {
        running().pause();
    }

    /** SIGCONT. */
    public void resume() {
        running().resume();
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /**
     * Makes a topic and returns when it is there.
     *
     * @param configuration of the topic, Kafka's names, e.g. {@code message.timestamp.type}
     */
    public void createTopic(String name, int partitions, Map<String, String> configuration) {
        try (Admin admin = admin()) {
            NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(configuration);
            answer(admin.createTopics(List.of(topic)).all());
        } catch (ExecutionException | TimeoutException e) {
            throw new LocalStackException("could not create the topic " + name, e);
        }
    }

    /** A client for whatever else is to be asked or changed. The caller closes it. */
    public Admin admin() {
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers(),
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                200));
    }

    @Override
    public void close() {
        if (isAlive()) {
            stop();
        }
    }

    private ChildJvm running() {
        if (process == null) {
            throw new IllegalStateException("Kafka was not started");
        }
        return process;
    }

    private static boolean answers(Admin admin) {
        try {
            return !admin.describeCluster().nodes().get(1, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while waiting for Kafka", e);
        }
    }

    private static void answer(KafkaFuture<?> future) throws ExecutionException, TimeoutException {
        try {
            future.get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
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
        String properties = """
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
                """.formatted(port, controllerPort, data());
        try {
            Files.writeString(configuration(), properties);
        } catch (IOException e) {
            throw new LocalStackException("could not write " + configuration(), e);
        }
    }
}
