package io.telltale.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.aggregate.Window;
import io.telltale.aggregate.Windows;
import io.telltale.api.CursorSigner;
import io.telltale.api.Order;
import io.telltale.api.Parameters;
import io.telltale.fuzz.Bounded;
import io.telltale.fuzz.Refusal;
import io.telltale.sensors.TimeRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Fuzz target: query parameters, {@code name=value} separated by line feeds. A query is accepted or refused as a whole.
 */
public final class ParametersFuzz {

    private static final long NOW_MILLIS = 1_769_862_900_000L;
    private static final int MAX_INTERVAL_CHARACTERS = 100;

    /** So many windows are computed one by one. */
    private static final int MAX_WALKED = 50;

    private static final String[] NAMES = {
        "sensor",
        "type",
        "site",
        Parameters.LABELS,
        "by",
        "from",
        "to",
        "interval",
        "points",
        "functions",
        "timezone",
        "fill",
        "order",
        "limit",
        "cursor",
        "consistency"
    };

    private ParametersFuzz() {}

    /** Parses a query. */
    public static void fuzzerTestOneInput(byte[] input) {
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (String line : new String(input, UTF_8).split("\n", -1)) {
            int equals = line.indexOf('=');
            String name = equals < 0 ? line : line.substring(0, equals);
            given.computeIfAbsent(name, key -> new ArrayList<>()).add(equals < 0 ? "" : line.substring(equals + 1));
        }
        Parameters parameters = Refusal.resultOf(() -> Parameters.of(given, NAMES));
        if (parameters == null) {
            return;
        }
        Refusal.resultOf(() -> parameters.limit(1_000, 100));
        Refusal.resultOf(parameters::anyLimit);
        Refusal.resultOf(() -> parameters.order(Order.ASC));
        Refusal.resultOf(() -> Grouping.of(parameters));
        SensorSelection selection = Refusal.resultOf(() -> SensorSelection.of(parameters));
        if (selection != null && selection.ids().size() > SensorSelection.MAX_SENSORS) {
            throw new AssertionError(
                    "%d sensors are accepted".formatted(selection.ids().size()));
        }
        Refusal.resultOf(() -> parameters.cursor(
                parameters.fingerprint("sensors", "type", "site", "order=asc"), () -> CursorSigner.CHECKSUM));
        AggregatesQuery query = Refusal.resultOf(() -> AggregatesQuery.of(parameters, NOW_MILLIS));
        if (query != null) {
            check(query);
        }
    }

    private static void check(AggregatesQuery query) {
        Bounded.check(query.interval(), MAX_INTERVAL_CHARACTERS);
        Windows windows = query.windows();
        long count = windows.count();
        if (count > Windows.MAX_COUNT) {
            throw new AssertionError("%d windows are accepted".formatted(count));
        }
        TimeRange range = Objects.requireNonNull(windows.range());
        long at = range.fromMillis();
        for (long left = Math.min(count, MAX_WALKED); left > 0; left--) {
            Window window = windows.at(at);
            if (window.startMillis() != at || window.endMillis() > range.toMillis()) {
                throw new AssertionError("%s does not begin at %d within %s".formatted(window, at, range));
            }
            at = window.endMillis();
        }
        if (count <= MAX_WALKED && at != range.toMillis()) {
            throw new AssertionError("%d windows end at %d; expected the end of %s".formatted(count, at, range));
        }
    }
}
