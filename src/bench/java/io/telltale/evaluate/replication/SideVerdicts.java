package io.telltale.evaluate.replication;

import io.telltale.evaluate.Check;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.HistoryChecker;
import io.telltale.evaluate.HistoryChecker.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The verdicts on the responses of each side: until healing, checked against what that side has acknowledged; after it,
 * against what any side has acknowledged.
 *
 * @param bySide in order
 */
record SideVerdicts(Map<String, Verdict> bySide) {

    SideVerdicts {
        bySide = new LinkedHashMap<>(bySide);
    }

    static SideVerdicts of(Ledger ledger, List<String> sides) {
        Map<String, Verdict> bySide = new LinkedHashMap<>();
        for (String side : sides) {
            Map<Boolean, List<Read>> reads =
                    ledger.readsOf(side).stream().collect(Collectors.partitioningBy(Read::isFinal));
            bySide.put(side, HistoryChecker.check(ledger.writesSeenFrom(side), reads.getOrDefault(false, List.of())));
            bySide.put(
                    side + " after healing",
                    HistoryChecker.check(ledger.writes(), reads.getOrDefault(true, List.of())));
        }
        return new SideVerdicts(bySide);
    }

    /** A check holds if it does on all sides. */
    List<CheckResult> checks() {
        List<CheckResult> checks = new ArrayList<>();
        for (Check check : Check.values()) {
            String label = check.label();
            Map<String, CheckResult> found = new LinkedHashMap<>();
            bySide.forEach((side, verdict) -> verdict.checks().stream()
                    .filter(result -> result.name().equals(label))
                    .forEach(result -> found.put(side, result)));
            checks.add(new CheckResult(
                    label,
                    found.values().stream().allMatch(CheckResult::held),
                    found.entrySet().stream()
                            .map(side -> side.getKey() + ": " + side.getValue().detail())
                            .collect(Collectors.joining("; "))));
        }
        return checks;
    }

    /** How often a check failed, on all sides together. */
    int violations(Check check) {
        return bySide.values().stream()
                .mapToInt(verdict -> verdict.violations().getOrDefault(check, 0))
                .sum();
    }
}
