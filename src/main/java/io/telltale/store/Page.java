package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A page of a result.
 *
 * @param next fetches the next page; empty on the last one
 */
public record Page<T>(List<T> items, Optional<Supplier<Uni<Page<T>>>> next) {

    static <T> Page<T> of(AsyncResultSet rows, Function<Row, T> item) {
        List<T> items = new ArrayList<>(rows.remaining());
        rows.currentPage().forEach(row -> items.add(item.apply(row)));
        return new Page<>(
                items,
                rows.hasMorePages()
                        ? Optional.of(() -> Database.nextPage(rows).map(more -> of(more, item)))
                        : Optional.empty());
    }
}
