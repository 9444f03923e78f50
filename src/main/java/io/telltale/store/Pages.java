package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The pages of an answer, each fetched when it is asked for. */
final class Pages {

    private Pages() {}

    static Multi<AsyncResultSet> of(Uni<AsyncResultSet> first) {
        return Multi.createBy()
                .repeating()
                .uni(() -> new AtomicReference<@Nullable AsyncResultSet>(), last -> {
                    AsyncResultSet page = last.get();
                    return (page == null ? first : Database.nextPage(page)).invoke(last::set);
                })
                .whilst(AsyncResultSet::hasMorePages);
    }
}
