package io.telltale.evaluate.streaming;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.bench.BenchException;
import io.telltale.bench.ConsumerGroup;
import io.telltale.bench.ProcessorTime;
import io.telltale.bench.ServiceMetrics;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.awaitility.Awaitility;

/** Replicas of the packaged service, with a topic, a consumer group and a keyspace of their own. */
final class Replicas implements AutoCloseable {

    private static final Duration MEMBERS_LIMIT = Duration.ofSeconds(90);
    private static final Duration INTRODUCTION_LIMIT = Duration.ofSeconds(60);
    private static final Duration COMMIT_LIMIT = Duration.ofSeconds(90);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final Servers servers;
    private final Path directory;
    private final String name;
    private final Plan plan;
    private final ConsumerGroup consumers;
    private final List<ServiceProcess> services = new ArrayList<>();

    /**
     * How they are run.
     *
     * @param replicas how many start together
     * @param partitions of the topic
     * @param jvmOptions of each; with none, a JVM that starts fast and computes slowly
     */
    record Plan(int replicas, int partitions, List<String> jvmOptions) {

        Plan {
            jvmOptions = List.copyOf(jvmOptions);
        }
    }

    private Replicas(Servers servers, Path directory, String name, Plan plan) {
        this.servers = servers;
        this.directory = directory;
        this.name = name;
        this.plan = plan;
        this.consumers = new ConsumerGroup(servers.admin(), name, topic(), plan.partitions());
    }

    /**
     * Starts them, and returns when all have partitions.
     *
     * @param name of the group, the keyspace and the sensors' type; unique on these servers
     */
    static Replicas start(Servers servers, Path directory, String name, Plan plan) {
        Replicas replicas = new Replicas(servers, directory, name, plan);
        try {
            servers.createTopic(replicas.topic(), plan.partitions());
            for (int i = 0; i < plan.replicas(); i++) {
                replicas.services.add(replicas.service(i));
            }
            CompletableFuture.allOf(replicas.services.stream()
                            .map(service -> CompletableFuture.runAsync(service::start))
                            .toArray(CompletableFuture<?>[]::new))
                    .join();
            replicas.consumers.awaitMembers(plan.replicas(), MEMBERS_LIMIT);
            return replicas;
        } catch (RuntimeException e) {
            replicas.close();
            throw e;
        }
    }

    /** Starts one more, and returns when it has partitions. */
    void add() {
        ServiceProcess more = service(services.size());
        services.add(more);
        more.start();
        consumers.awaitMembers(services.size(), MEMBERS_LIMIT);
    }

    private ServiceProcess service(int number) {
        ServiceSettings settings = servers.service(directory.resolve(name + "-replica-" + number))
                .ofTopic(topic())
                .with("mp.messaging.incoming.sensors.group.id", name)
                .with("telltale.storage.keyspace", keyspace());
        return new ServiceProcess(
                plan.jvmOptions().isEmpty()
                        ? settings.sparing()
                        : settings.withJvmOptions(plan.jvmOptions().toArray(String[]::new)));
    }

    String topic() {
        return "sensors." + name;
    }

    String group() {
        return name;
    }

    private String keyspace() {
        return name.replace('-', '_');
    }

    /** A replica, numbered from 0 in the order of their starts. */
    ServiceProcess replica(int number) {
        return services.get(number);
    }

    /** The addresses of all, the numbered one first. */
    List<String> addressesFrom(int number) {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < services.size(); i++) {
            addresses.add(services.get((number + i) % services.size()).baseUrl());
        }
        return addresses;
    }

    /** Registers sensors: a new one costs a compare-and-set, which is not part of a steady load. */
    void introduce(int sensors) {
        RecordedLoad.introduce(servers.bootstrapServers(), topic(), sensors);
        Awaitility.await("introduction of %d sensors".formatted(sensors))
                .atMost(INTRODUCTION_LIMIT)
                .pollInterval(LOOK_EVERY)
                // A replica that has just started may respond late.
                .ignoreException(BenchException.class)
                .until(() -> stored() >= sensors);
    }

    /** The metrics of all, one page after the other. All must be alive. */
    ServiceMetrics metrics() {
        return new ServiceMetrics(services.stream()
                .map(service -> ServiceMetrics.of(service.baseUrl()).page())
                .collect(Collectors.joining("\n")));
    }

    /** The number of readings that all have stored. All must be alive. */
    long stored() {
        return (long) metrics().sum("telltale_readings_stored_total");
    }

    /** The processor time of all together. */
    Duration processorTime() {
        return services.stream().map(service -> ProcessorTime.of(service.pid())).reduce(Duration.ZERO, Duration::plus);
    }

    /** Waits until the offset of every record is committed: then all readings are durable. */
    void awaitAllCommitted() {
        consumers.awaitAllCommitted(COMMIT_LIMIT);
    }

    /** The address of one that answers. */
    String aliveAddress() {
        return services.stream()
                .filter(ServiceProcess::isAlive)
                .findFirst()
                .orElseThrow(() -> new BenchException("no replica of %s is alive".formatted(name)))
                .baseUrl();
    }

    /** Kills all, and removes the topic and the keyspace. */
    @Override
    public void close() {
        services.forEach(ServiceProcess::kill);
        consumers.close();
        try (Admin admin = servers.admin();
                CqlSession session = servers.connect()) {
            var unused = admin.deleteTopics(List.of(topic()));
            session.execute("DROP KEYSPACE IF EXISTS " + keyspace());
        }
    }
}
