package io.telltale.local;

import io.telltale.simulate.FreshTopics;
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
    private final ServerLifecycle lifecycle;

    KafkaBroker(String bootstrapServers, ServerLifecycle lifecycle) {
        this.bootstrapServers = bootstrapServers;
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

    /**
     * Makes a topic and returns when it is there.
     *
     * @param configuration of the topic, in Kafka's names, e.g. {@code message.timestamp.type}
     */
    public void createTopic(String name, int partitions, Map<String, String> configuration) {
        createTopic(bootstrapServers, new NewTopic(name, partitions, (short) 1), configuration);
    }

    static void createTopic(String bootstrapServers, NewTopic topic, Map<String, String> configuration) {
        try (Admin admin = adminOf(bootstrapServers)) {
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
        return adminOf(bootstrapServers);
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
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // Kafka loads its classes by name from the thread's loader, which under Quarkus or Maven is not ours.
        thread.setContextClassLoader(Admin.class.getClassLoader());
        try {
            return Admin.create(Map.of(
                    AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                    bootstrapServers,
                    AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                    200));
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
