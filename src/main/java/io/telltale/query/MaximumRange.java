package io.telltale.query;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.TimeRange;
import io.telltale.settings.Bounds;
import java.time.Duration;
import java.util.Optional;

/**
 * The longest range of a query in one format of responses.
 *
 * @param setting the key of the setting
 * @param longest empty if unlimited
 */
record MaximumRange(String setting, Optional<Duration> longest) {

    private static final Duration MIN = Duration.ofSeconds(1);
    private static final Duration MAX = Duration.parse(QueryConfig.ByForm.ALL_TIME);

    MaximumRange {
        longest.ifPresent(given -> Bounds.within(setting, given, MIN, MAX));
    }

    /** @throws io.telltale.api.ProblemException {@code bad-parameter} if a range is longer */
    void require(TimeRange range) {
        longest.filter(most -> range.lengthMillis() > most.toMillis()).ifPresent(most -> {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameters from and to are %s apart, %s; expected at most %s=%s"
                                    .formatted(Duration.ofMillis(range.lengthMillis()), range, setting, most))
                    .exception();
        });
    }
}
