package io.telltale.evaluate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one cell found.
 *
 * @param figures by name; the name ends with the unit, such as {@code readP99Millis}; values are numbers, texts, lists
 *     or maps of them
 * @param checks empty if the cell checks nothing
 */
public record Measured(Map<String, Object> figures, List<CheckResult> checks) {

    public Measured {
        figures = new LinkedHashMap<>(figures);
        checks = List.copyOf(checks);
    }

    public static Measured of(Map<String, Object> figures) {
        return new Measured(figures, List.of());
    }
}
