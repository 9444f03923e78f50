package io.telltale.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The rounds of a contestant with a backlog, as one row. */
record DrainTable(List<Row> rows) {

    /**
     * @param rounds how many there were
     * @param rate readings per second
     * @param client processor time of the contestant, microseconds a reading
     * @param kafka likewise of Kafka
     * @param cassandra likewise of Cassandra
     * @param rowsPerRequest readings per request to Cassandra
     * @param isComplete whether each round drained the whole backlog
     */
    record Row(
            Peer peer,
            BacklogShape shape,
            int rounds,
            Summary rate,
            Summary client,
            Summary kafka,
            Summary cassandra,
            double rowsPerRequest,
            boolean isComplete) {}

    private record Key(BacklogShape shape, Peer peer) {}

    static DrainTable of(List<DrainRound> rounds) {
        Map<Key, List<DrainRound>> byKey = new LinkedHashMap<>();
        for (DrainRound round : rounds) {
            byKey.computeIfAbsent(new Key(round.shape(), round.peer()), unknown -> new ArrayList<>())
                    .add(round);
        }
        return new DrainTable(byKey.entrySet().stream()
                .map(entry -> row(entry.getKey(), entry.getValue()))
                .toList());
    }

    /** The row of a contestant, if it took part. */
    Optional<Row> row(Peer peer, int sensors, int b) {
        return rows.stream()
                .filter(row -> row.peer() == peer
                        && row.shape().sensors() == sensors
                        && row.shape().b() == b)
                .findFirst();
    }

    private static Row row(Key key, List<DrainRound> rounds) {
        return new Row(
                key.peer(),
                key.shape(),
                rounds.size(),
                summary(rounds, DrainRound::readingsPerSecond),
                summary(rounds, round -> round.micros().client()),
                summary(rounds, round -> round.micros().kafka()),
                summary(rounds, round -> round.micros().cassandra()),
                summary(rounds, DrainRound::rowsPerRequest).median(),
                rounds.stream().allMatch(DrainRound::isComplete));
    }

    private static Summary summary(List<DrainRound> rounds, ToDoubleFunction<DrainRound> figure) {
        return Summary.of(rounds.stream().map(figure::applyAsDouble).toList());
    }
}
