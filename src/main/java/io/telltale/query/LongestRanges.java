package io.telltale.query;

import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;

/** How long a range may be, by the form of the answer. */
@Startup
@Singleton
class LongestRanges {

    private static final String PREFIX = "telltale.query.longest-range.";

    final LongestRange ofPage;
    final LongestRange ofStream;
    final LongestRange ofAggregates;
    final LongestRange ofMany;

    @Inject
    LongestRanges(QueryConfig config) {
        QueryConfig.ByForm longest = config.longestRange();
        this.ofPage = new LongestRange(PREFIX + "page", Optional.of(longest.page()));
        this.ofStream = new LongestRange(PREFIX + "stream", longest.stream());
        this.ofAggregates = new LongestRange(PREFIX + "aggregates", Optional.of(longest.aggregates()));
        this.ofMany = new LongestRange(PREFIX + "many", Optional.of(longest.many()));
    }
}
