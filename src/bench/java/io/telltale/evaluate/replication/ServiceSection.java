package io.telltale.evaluate.replication;

import static io.telltale.evaluate.replication.ReplicationReport.percent;

import io.telltale.bench.Page;
import io.telltale.evaluate.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The part on services on both sides of a cut; nothing without their results.
 *
 * @param results of the chapter
 */
record ServiceSection(List<Result> results) {

    private static final String UNKNOWN = "–";

    ServiceSection {
        results = results.stream().filter(ServiceSection::isOfServices).toList();
    }

    private static boolean isOfServices(Result result) {
        return result.measured().get("services") instanceof List<?>;
    }

    void append(Page page) {
        if (results.isEmpty()) {
            return;
        }
        page.paragraph(
                "**The service on both sides of a cut**, at LOCAL_QUORUM; %s for all nodes, services and brokers."
                        .formatted(ReplicationReport.cores(results)));
        page.table("cell", "Kafka", "side", "phase", "request", "answered, %", "p50 ms", "p99 ms");
        for (Result result : results) {
            for (ClientFigures row : ClientFigures.of(result, "services")) {
                page.row(
                        result.link(),
                        result.setting("kafka"),
                        row.side(),
                        row.phase(),
                        row.operation(),
                        percent(row.answeredShare()),
                        row.summary("p50Millis")
                                .map(found -> Page.decimal(found.median()))
                                .orElse(UNKNOWN),
                        row.summary("p99Millis")
                                .map(found -> Page.decimal(found.median()))
                                .orElse(UNKNOWN));
            }
        }
    }

    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        for (Result result : results) {
            List<String> own = new ArrayList<>();
            if (result.measured().get("ownReadingsQueryableDuringCutShare") instanceof Map<?, ?> shares) {
                shares.forEach((side, share) ->
                        own.add("%s %% in %s".formatted(percent(((Number) share).doubleValue()), side)));
            }
            sentences.add(String.format(
                    Locale.ROOT,
                    "With %s: of the readings that a service acknowledged during the cut, the same service returned before"
                            + " healing: %s. After healing, hints took %.0f s; then %,.0f sensors had different answers"
                            + " on the two sides, %,.0f acknowledged readings were lost, and %,.0f instants had the"
                            + " wrong winner (%s).",
                    result.setting("kafka"),
                    String.join(", ", own),
                    result.number("hintsDeliveredSeconds"),
                    result.number("differingSensorsCount"),
                    result.number("lostCount"),
                    result.number("wrongWinnerCount"),
                    result.link()));
        }
        return sentences;
    }
}
