package io.telltale.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What became of the selected cells, by name. */
final class RunSummary {

    private final List<String> measured = new ArrayList<>();
    private final List<String> reused = new ArrayList<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();
    private final Map<String, String> failed = new LinkedHashMap<>();
    private final Map<String, List<String>> violated = new LinkedHashMap<>();

    void addMeasured(Cell cell, Result result) {
        measured.add(cell.name());
        addViolated(cell, result);
    }

    void addReused(Cell cell, Result result) {
        reused.add(cell.name());
        addViolated(cell, result);
    }

    private void addViolated(Cell cell, Result result) {
        if (cell.promisesSafety() && !result.violated().isEmpty()) {
            violated.put(cell.name(), result.violated());
        }
    }

    /** A cell that cannot run here. */
    void addSkipped(Cell cell, String reason) {
        skipped.put(cell.name(), reason);
    }

    /** A cell without a result, or a page without a report. */
    void addFailed(String name, String reason) {
        failed.put(name, reason);
    }

    Map<String, String> failed() {
        return failed;
    }

    /** 1 if a cell failed, or violates a check although it promises safety; 0 otherwise. */
    int exitCode() {
        return failed.isEmpty() && violated.isEmpty() ? 0 : 1;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("%d cells measured, %d reused, %d skipped, %d failed"
                .formatted(measured.size(), reused.size(), skipped.size(), failed.size()));
        skipped.forEach((cell, reason) -> lines.add("skipped %s: %s".formatted(cell, reason)));
        failed.forEach((cell, reason) -> lines.add("FAILED %s: %s".formatted(cell, reason)));
        violated.forEach((cell, checks) -> lines.add("VIOLATED %s: %s; measure it again with -Dcell=%s -Dresume=false"
                .formatted(cell, String.join(", ", checks), cell)));
        return lines;
    }
}
