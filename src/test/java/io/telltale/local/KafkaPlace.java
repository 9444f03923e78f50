package io.telltale.local;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;

/**
 * Where a broker of Kafka is, on loopback and in its cluster.
 *
 * @param id from 1
 * @param port of clients and of other brokers
 * @param controllerPort of the controller in the same process
 * @param clusterId the same on all brokers
 * @param voters the controllers of the cluster, in Kafka's notation
 * @param brokers how many there are
 */
record KafkaPlace(int id, int port, int controllerPort, String clusterId, String voters, int brokers) {

    private static final int MOST_REPLICAS = 3;

    /** The places of a cluster. */
    static List<KafkaPlace> of(int brokers) {
        if (brokers < 1) {
            throw new IllegalArgumentException("%d brokers; expected at least 1".formatted(brokers));
        }
        List<Integer> controllerPorts =
                IntStream.range(0, brokers).map(i -> FreePorts.next()).boxed().toList();
        String voters = IntStream.range(0, brokers)
                .mapToObj(i -> "%d@%s:%d".formatted(i + 1, FreePorts.LOOPBACK, controllerPorts.get(i)))
                .collect(Collectors.joining(","));
        String clusterId = Uuid.randomUuid().toString();
        List<KafkaPlace> places = new ArrayList<>();
        for (int i = 0; i < brokers; i++) {
            places.add(new KafkaPlace(i + 1, FreePorts.next(), controllerPorts.get(i), clusterId, voters, brokers));
        }
        return places;
    }

    String bootstrapServer() {
        return FreePorts.LOOPBACK + ":" + port;
    }

    /** Of topics that name no other, and of Kafka's own. */
    int replicationFactor() {
        return Math.min(MOST_REPLICAS, brokers);
    }

    /** All replicas but one: a killed broker of three stops no producer. */
    int minInSyncReplicas() {
        return Math.max(1, replicationFactor() - 1);
    }
}
