package io.telltale.evaluate.replication;

import io.telltale.bench.Summary;
import io.telltale.evaluate.Result;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The requests of one client in one phase, as a result has them.
 *
 * @param side its data center
 * @param level of its requests
 * @param phase as {@link Phase#label}
 * @param operation {@code write} or {@code read}; of services, {@code post} or {@code query}
 * @param figures by name, a list with a value for each round
 */
record ClientFigures(String side, String level, String phase, String operation, Map<?, ?> figures) {

    /** Those of driver clients; empty if the cell has none. */
    static List<ClientFigures> of(Result result) {
        return of(result, "clients");
    }

    /**
     * Those of a figure.
     *
     * @param figure in which the result has them
     */
    static List<ClientFigures> of(Result result, String figure) {
        return result.measured().get(figure) instanceof List<?> clients
                ? clients.stream()
                        .flatMap(client -> client instanceof Map<?, ?> map ? Stream.of(of(map)) : Stream.empty())
                        .toList()
                : List.of();
    }

    private static ClientFigures of(Map<?, ?> map) {
        return new ClientFigures(
                text(map, "side"), text(map, "level"), text(map, "phase"), text(map, "operation"), map);
    }

    private static String text(Map<?, ?> map, String name) {
        return String.valueOf(map.get(name));
    }

    /** Its data center and level. */
    String client() {
        return "%s %s".formatted(side, level);
    }

    boolean is(Phase wanted, String wantedOperation) {
        return phase.equals(wanted.label()) && operation.equals(wantedOperation);
    }

    /** A figure over the rounds; empty if no round has it, because no request was answered. */
    Optional<Summary> summary(String figure) {
        if (figures.get(figure) instanceof List<?> rounds && !rounds.isEmpty()) {
            return Optional.of(Summary.of(
                    rounds.stream().map(round -> ((Number) round).doubleValue()).toList()));
        }
        return Optional.empty();
    }

    /** The mean over the rounds of the share of requests that were answered. */
    double answeredShare() {
        return figures.get("answeredShare") instanceof List<?> rounds
                ? rounds.stream()
                        .mapToDouble(round -> ((Number) round).doubleValue())
                        .average()
                        .orElse(Double.NaN)
                : Double.NaN;
    }
}
