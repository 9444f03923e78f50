package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.streams.Concatenation;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Streams the pages of a result, each fetched on demand. */
final class Pages {

    private Pages() {}

    static Multi<AsyncResultSet> of(Uni<AsyncResultSet> first) {
        return of(first, Database::nextPage, () -> true);
    }

    /**
     * @param next fetches the page that follows a page
     * @param isMoreWanted checked before each page but the first, after the subscriber handled the previous one;
     *     false ends the stream
     */
    static Multi<AsyncResultSet> of(
            Uni<AsyncResultSet> first,
            Function<AsyncResultSet, Uni<AsyncResultSet>> next,
            BooleanSupplier isMoreWanted) {
        return Multi.createFrom()
                .deferred(() -> {
                    AtomicReference<@Nullable AsyncResultSet> last = new AtomicReference<>();
                    return Concatenation.repeated(
                            () -> {
                                AsyncResultSet page = last.get();
                                if (page != null && !isMoreWanted.getAsBoolean()) {
                                    return Uni.createFrom().item(Optional.<AsyncResultSet>empty());
                                }
                                return (page == null ? first : next.apply(page))
                                        .invoke(last::set)
                                        .map(Optional::of);
                            },
                            page -> page.map(AsyncResultSet::hasMorePages).orElse(false));
                })
                .filter(Optional::isPresent)
                .map(Optional::orElseThrow);
    }
}
