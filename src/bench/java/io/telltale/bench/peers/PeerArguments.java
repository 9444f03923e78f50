package io.telltale.bench.peers;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What a peer is told on its command line, in this order.
 *
 * @param bootstrapServers of Kafka
 * @param topic to drain
 * @param group the consumer group
 * @param contactPoint {@code host:port} of Cassandra
 * @param keyspace where its tables are
 */
public record PeerArguments(String bootstrapServers, String topic, String group, String contactPoint, String keyspace) {

    /** Nothing is tried again here: what takes long on a busy machine is waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    static PeerArguments of(String[] arguments) {
        if (arguments.length != 5) {
            throw new IllegalArgumentException(
                    "got %d arguments; expected bootstrap servers, topic, group, contact point, keyspace"
                            .formatted(arguments.length));
        }
        return new PeerArguments(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
    }

    public List<String> asList() {
        return List.of(bootstrapServers, topic, group, contactPoint, keyspace);
    }

    /** Of this group, reading from the beginning what was not committed; commits by itself never. */
    KafkaConsumer<byte[], byte[]> consumer(int pollRecords) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.GROUP_ID_CONFIG,
                        group,
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        pollRecords),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** With the settings of the driver that the service has, from the same {@code application.conf}. */
    CqlSession connect() {
        int colon = contactPoint.lastIndexOf(':');
        return CqlSession.builder()
                .addContactPoint(new InetSocketAddress(
                        contactPoint.substring(0, colon), Integer.parseInt(contactPoint.substring(colon + 1))))
                .withLocalDatacenter("datacenter1")
                .withConfigLoader(DriverConfigLoader.programmaticBuilder()
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, PATIENCE)
                        .startProfile("write")
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, PATIENCE)
                        .endProfile()
                        .build())
                .build();
    }
}
