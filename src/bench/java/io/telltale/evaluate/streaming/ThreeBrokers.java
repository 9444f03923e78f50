package io.telltale.evaluate.streaming;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.bench.BenchException;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterPlan;
import io.telltale.local.KafkaBroker;
import io.telltale.local.KafkaCluster;
import io.telltale.local.ServiceSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** Three brokers, of which two must acknowledge a record, and one node. */
final class ThreeBrokers implements Servers, AutoCloseable {

    private static final int BROKERS = 3;
    private static final int ANSWER_LIMIT_SECONDS = 30;

    private final KafkaCluster kafka;
    private final CassandraCluster cassandra;

    private ThreeBrokers(KafkaCluster kafka, CassandraCluster cassandra) {
        this.kafka = kafka;
        this.cassandra = cassandra;
    }

    static ThreeBrokers start() {
        KafkaCluster kafka = KafkaCluster.start(BROKERS);
        try {
            return new ThreeBrokers(kafka, CassandraCluster.start(ClusterPlan.ring(1)));
        } catch (RuntimeException e) {
            kafka.close();
            throw e;
        }
    }

    @Override
    public String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    @Override
    public void createTopic(String name, int partitions) {
        kafka.createTopic(name, partitions, TOPIC_SETTINGS);
    }

    @Override
    public Admin admin() {
        return kafka.admin();
    }

    @Override
    public CqlSession connect() {
        return cassandra.connect();
    }

    @Override
    public ServiceSettings service(Path directory) {
        return ServiceSettings.packaged(kafka.bootstrapServers(), cassandra, cassandra.dataCenter(), directory);
    }

    /** Kills the broker that coordinates a consumer group: partitions and the group need another one. */
    void killCoordinatorOf(String group) {
        try (Admin admin = admin()) {
            int id = Objects.requireNonNull(admin.describeConsumerGroups(List.of(group))
                            .all()
                            .get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS)
                            .get(group))
                    .coordinator()
                    .id();
            kafka.broker(id).kill();
        } catch (ExecutionException | TimeoutException e) {
            throw new BenchException("the coordinator of group %s is unknown".formatted(group), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Starts the brokers that do not run, and returns when all are members of the cluster. */
    void restartBrokers() {
        for (int number = 1; number <= BROKERS; number++) {
            KafkaBroker broker = kafka.broker(number);
            if (!broker.isAlive()) {
                broker.start();
            }
        }
        kafka.awaitWhole();
    }

    @Override
    public void close() {
        try (kafka) {
            cassandra.close();
        }
    }
}
