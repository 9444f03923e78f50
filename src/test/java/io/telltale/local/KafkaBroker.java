package io.telltale.local;

import io.telltale.simulate.FreshTopics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;

/** A running Kafka, and what can be done to it. It keeps its address and its data through {@link #kill} and restart. */
public final class KafkaBroker {

    private static final int ANSWER_LIMIT_SECONDS = 30;

    private final String bootstrapServers;
    private final Map<String, Object> connection;
    private final ServerLifecycle lifecycle;

    KafkaBroker(String bootstrapServers, ServerLifecycle lifecycle) {
        this(bootstrapServers, Map.of("bootstrap.servers", bootstrapServers), lifecycle);
    }

    KafkaBroker(String bootstrapServers, Map<String, Object> connection, ServerLifecycle lifecycle) {
        this.bootstrapServers = bootstrapServers;
        this.connection = Map.copyOf(connection);
        this.lifecycle = lifecycle;
    }

    /** A fresh broker of its own, that nobody else sends to or reads from. Killed by whoever asked for it. */
    public static KafkaBroker start(Progress progress) {
        return start(progress, Map.of());
    }

    /** The same; it heeds rights that are given and taken by ACLs, and refuses nobody anything until there are some. */
    public static KafkaBroker startWithRights(Progress progress) {
        return start(
                progress,
                Map.of(
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        "allow.everyone.if.no.acl.found",
                        "true"));
    }

    private static KafkaBroker start(Progress progress, Map<String, String> settings) {
        KafkaServer server = new KafkaServer(
                Directories.fresh("kafka"),
                MemoryProfile.SMALL,
                ServerClassPath.kafka().resolve(progress),
                settings);
        server.start();
        return new KafkaBroker(server.bootstrapServers(), server);
    }

    /** {@code host:port}. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** What a client needs to connect with all rights: the address, and credentials if it is secured. */
    public Map<String, Object> connection() {
        return connection;
    }

    /**
     * Makes a topic and returns when it is there.
     *
     * @param configuration of the topic, in Kafka's names, e.g. {@code message.timestamp.type}
     */
    public void createTopic(String name, int partitions, Map<String, String> configuration) {
        createTopic(connection, new NewTopic(name, partitions, (short) 1), configuration);
    }

    static void createTopic(Map<String, Object> connection, NewTopic topic, Map<String, String> configuration) {
        try (Admin admin = adminOf(connection)) {
            admin.createTopics(List.of(topic.configs(configuration))).all().get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
            FreshTopics.awaitPartitions(admin, topic.name());
        } catch (ExecutionException | TimeoutException e) {
            throw new LocalStackException("could not create the topic " + topic.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while creating the topic " + topic.name(), e);
        }
    }

    /** A client for whatever else is to be asked or changed. The caller closes it. */
    public Admin admin() {
        return adminOf(connection);
    }

    /** Starts it again and returns when it answers. Nothing if it runs. */
    public void start() {
        lifecycle.start();
    }

    /** SIGTERM: it closes its logs. Returns when it is gone. */
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

    static Admin adminOf(String bootstrapServers) {
        return adminOf(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
    }

    static Admin adminOf(Map<String, Object> connection) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // Kafka loads its classes by name from the thread's loader, which under Quarkus or Maven is not ours.
        thread.setContextClassLoader(Admin.class.getClassLoader());
        try {
            Map<String, Object> settings = new HashMap<>(connection);
            settings.put(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 200);
            return Admin.create(settings);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
