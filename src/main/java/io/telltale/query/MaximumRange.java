package io.telltale.query;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.TimeRange;
import io.telltale.settings.Bounds;
import java.time.Duration;
import java.util.Optional;

/**
 * How long a range may be in one form of answer.
 *
 * @param setting its name
 * @param longest nothing if any range is taken
 */
record MaximumRange(String setting, Optional<Duration> longest) {

    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.parse(QueryConfig.ByForm.ALL_TIME);

    MaximumRange {
        longest.ifPresent(given -> Bounds.within(setting, given, LEAST, MOST));
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
