package io.telltale.bench;

import org.jspecify.annotations.Nullable;

/**
 * One contestant under one steady load: readings come at a fixed rate, whether anybody keeps up or not.
 *
 * @param fleet that sends
 * @param lingerMillis how long a batch of the contestant lingers
 * @param shards into how many partitions the sensors of a bucket are spread
 * @param replicas how many contestants shared the load, in one group
 * @param offeredPerSecond readings that Kafka acknowledged
 * @param storedPerSecond readings that the contestant made durable
 * @param micros processor time per reading stored
 * @param rowsPerRequest readings per request to Cassandra
 * @param keptUp whether everything that was sent was durable and could be asked for in the end, and nothing else
 * @param kafkaToStored from the record time to the acknowledgement of Cassandra, as the service's histogram has it;
 *     absent for a contestant without one
 * @param kafkaToQueryable from the time at which a reading was due to be sent to the first answer over REST that has
 *     it; absent where there is no REST
 * @param notQueryable how many of these readings could not be asked for when nobody waited any longer; they are in the
 *     latency with the time that they had waited by then
 */
record LoadRun(
        Peer peer,
        Fleet fleet,
        int lingerMillis,
        int shards,
        int replicas,
        double offeredPerSecond,
        double storedPerSecond,
        ProcessorTime.Micros micros,
        double rowsPerRequest,
        boolean keptUp,
        @Nullable Latency kafkaToStored,
        @Nullable Latency kafkaToQueryable,
        int notQueryable) {

    /**
     * Milliseconds.
     *
     * @param count of measurements
     */
    record Latency(double median, double p99, long count) {}
}
