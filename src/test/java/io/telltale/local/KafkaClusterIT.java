package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Three brokers acknowledge with one of them killed, and not with two. */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class KafkaClusterIT {

    @Test
    void acknowledgesWhileTwoOfThreeBrokersLive() throws Exception {
        try (KafkaCluster cluster = KafkaCluster.start(3)) {
            cluster.createTopic("sensors.brokers", 3, Map.of());
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                    Map.of(
                            "bootstrap.servers", cluster.bootstrapServers(),
                            "acks", "all",
                            "request.timeout.ms", 5_000,
                            "max.block.ms", 20_000,
                            "delivery.timeout.ms", 20_000),
                    new StringSerializer(),
                    new StringSerializer())) {
                send(producer);

                cluster.broker(1).kill();
                send(producer);

                cluster.broker(2).kill();
                assertThatThrownBy(() -> send(producer)).isInstanceOf(ExecutionException.class);
            }
            cluster.broker(1).start();
            cluster.broker(2).start();
            cluster.awaitWhole();
            assertThat(cluster.broker(1).isAlive()).isTrue();
        }
    }

    private static void send(KafkaProducer<String, String> producer) throws Exception {
        for (int partition = 0; partition < 3; partition++) {
            producer.send(new ProducerRecord<>("sensors.brokers", partition, "key", "value"))
                    .get(30, TimeUnit.SECONDS);
        }
    }
}
