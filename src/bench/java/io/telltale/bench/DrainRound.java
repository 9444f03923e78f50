package io.telltale.bench;

/**
 * One contestant drained one backlog once.
 *
 * @param readings made durable in the round: all of the backlog, or as many as the time allowed
 * @param readingsPerSecond between the first reading that was seen durable and 98 % of them, so that joining the group
 *     and lingering at the end do not count
 * @param micros processor time per reading, of the whole round
 * @param rowsPerRequest readings per request to Cassandra
 * @param isComplete whether the whole backlog was drained
 * @param balance what was found in Cassandra afterwards
 */
record DrainRound(
        Peer peer,
        BacklogShape shape,
        long readings,
        double readingsPerSecond,
        ProcessorTime.Micros micros,
        double rowsPerRequest,
        boolean isComplete,
        Balance balance) {}
