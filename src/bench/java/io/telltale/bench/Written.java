package io.telltale.bench;

/**
 * What a contestant says it has made durable since its start.
 *
 * @param readings so many
 * @param requests in so many requests to Cassandra
 */
public record Written(long readings, long requests) {

    static final Written NOTHING = new Written(0, 0);

    Written since(Written before) {
        return new Written(readings - before.readings, requests - before.requests);
    }

    Written plus(Written other) {
        return new Written(readings + other.readings, requests + other.requests);
    }

    double rowsPerRequest() {
        return requests == 0 ? 0 : (double) readings / requests;
    }
}
