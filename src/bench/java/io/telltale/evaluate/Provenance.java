package io.telltale.evaluate;

import io.telltale.bench.Page;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Appends where and with what results were measured. */
final class Provenance {

    private Provenance() {}

    /** What results share that can be compared. */
    private record Place(String machine, String versions, String commit) {

        static Place of(Result result) {
            Map<String, Object> machine = result.machine();
            return new Place(
                    "%s, %s cores, %s GiB; %s"
                            .formatted(
                                    machine.get("processor"),
                                    machine.get("cores"),
                                    machine.get("memoryGib"),
                                    machine.get("system")),
                    result.versions().entrySet().stream()
                            .map(version -> version.getKey() + " " + version.getValue())
                            .collect(Collectors.joining(", ")),
                    result.commit());
        }
    }

    static void append(Page page, List<Result> results) {
        Map<Place, List<Result>> byPlace =
                results.stream().collect(Collectors.groupingBy(Place::of, LinkedHashMap::new, Collectors.toList()));
        page.table("machine", "versions", "commit", "cells", "first", "last");
        byPlace.forEach((place, measured) -> page.row(
                place.machine(),
                place.versions(),
                place.commit(),
                Integer.toString(measured.size()),
                measured.stream().map(Result::started).sorted().findFirst().orElse(""),
                measured.stream()
                        .map(Result::started)
                        .sorted()
                        .reduce((first, second) -> second)
                        .orElse("")));
        page.paragraph(
                "All servers, the service and the clients share the cores of the machine. That lowers rates and lengthens"
                        + " latencies: compare figures with each other, do not take them as those of a cluster.");
        if (byPlace.size() > 1) {
            page.paragraph("These results are from %d combinations of machine, versions and commit: compare figures of"
                            .formatted(byPlace.size())
                    + " one row only.");
        }
    }
}
