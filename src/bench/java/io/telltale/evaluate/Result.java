package io.telltale.evaluate;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The raw result of one cell, in the form of the contract. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Result(
        String chapter,
        String cell,
        long seed,
        Map<String, Object> settings,
        List<String> faults,
        Map<String, Object> measured,
        List<CheckResult> checks,
        Map<String, String> versions,
        String commit,
        Map<String, Object> machine,
        String started,
        double seconds) {

    public Result {
        settings = new LinkedHashMap<>(settings);
        faults = List.copyOf(faults);
        measured = new LinkedHashMap<>(measured);
        checks = List.copyOf(checks);
        versions = new LinkedHashMap<>(versions);
        machine = new LinkedHashMap<>(machine);
    }

    /** A figure; NaN if it was not measured. */
    public double number(String figure) {
        return measured.get(figure) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** A setting as text; empty if it is not set. */
    public String setting(String name) {
        Object value = settings.get(name);
        return value == null ? "" : value.toString();
    }

    /** The labels of the checks that failed. */
    public List<String> violated() {
        return checks.stream()
                .filter(check -> !check.held())
                .map(CheckResult::name)
                .toList();
    }

    /** A Markdown link to the raw result, from a page of a chapter. */
    public String link() {
        return "[%s](results/%s.json)".formatted(cell, cell);
    }
}
