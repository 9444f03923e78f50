package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.Vetoed;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Counts the statements that run through it. */
@Vetoed
final class CountingDatabase extends Database {
    final AtomicInteger statements = new AtomicInteger();
    final AtomicInteger compareAndSets = new AtomicInteger();

    CountingDatabase(CqlSession session, StoreConfig config) {
        super(
                new Sessions(() -> CompletableFuture.completedFuture(session)),
                config,
                new Retention(config, Clock.systemUTC()),
                status -> {});
    }

    @Override
    Uni<AsyncResultSet> run(Function<Statements, Statement<?>> statement) {
        return super.run(prepared -> {
            Statement<?> made = statement.apply(prepared);
            statements.incrementAndGet();
            if (made instanceof BoundStatement bound
                    && bound.getPreparedStatement().getQuery().contains(" IF ")) {
                compareAndSets.incrementAndGet();
            }
            return made;
        });
    }
}
