package io.telltale.bench;

/**
 * A round of requests that need neither Kafka nor Cassandra.
 *
 * @param way protocol and credential
 * @param requests how many
 * @param micros processor time of the service per request
 * @param latencyMicros the median, as the client sees it
 */
record RequestRun(String way, int requests, double micros, double latencyMicros) {}
