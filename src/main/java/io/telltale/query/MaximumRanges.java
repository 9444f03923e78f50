package io.telltale.query;

import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;

/** The longest ranges of queries, by the format of the response. */
@Startup
@Singleton
class MaximumRanges {

    private static final String PREFIX = "telltale.query.longest-range.";

    final MaximumRange ofPage;
    final MaximumRange ofStream;
    final MaximumRange ofAggregates;
    final MaximumRange ofMany;

    @Inject
    MaximumRanges(QueryConfig config) {
        QueryConfig.ByForm longest = config.longestRange();
        this.ofPage = new MaximumRange(PREFIX + "page", Optional.of(longest.page()));
        this.ofStream = new MaximumRange(PREFIX + "stream", longest.stream());
        this.ofAggregates = new MaximumRange(PREFIX + "aggregates", Optional.of(longest.aggregates()));
        this.ofMany = new MaximumRange(PREFIX + "many", Optional.of(longest.many()));
    }
}
