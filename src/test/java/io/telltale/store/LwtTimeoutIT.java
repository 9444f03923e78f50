package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import io.telltale.local.SharedStack;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A lightweight transaction that times out must fail alone. In version 5 of the protocol the driver closed the
 * connection on the response, and with it failed every request in flight.
 */
@Tag("servers")
class LwtTimeoutIT {

    /** So many for one row that some do not get their turn within Cassandra's 1.8 s. */
    private static final int CONCURRENT = 200;

    private static final int MAX_ROUNDS = 20;

    private final CqlSession session = SharedStack.get().cassandra().connect();

    @AfterEach
    void close() {
        session.close();
    }

    @Test
    void aTimeoutFailsNoOtherRequest() {
        session.execute("CREATE KEYSPACE IF NOT EXISTS lwt_timeouts WITH replication = "
                + "{'class': 'SimpleStrategy', 'replication_factor': 1}");
        session.execute("CREATE TABLE IF NOT EXISTS lwt_timeouts.locks (name text PRIMARY KEY, holder int)");

        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int round = 0; failures.isEmpty() && round < MAX_ROUNDS; round++) {
            List<CompletableFuture<AsyncResultSet>> contending = IntStream.range(0, CONCURRENT)
                    .mapToObj(holder -> session.executeAsync(
                                    "UPDATE lwt_timeouts.locks SET holder = %d WHERE name = 'turn' IF holder != %d"
                                            .formatted(holder, holder))
                            .toCompletableFuture())
                    .toList();
            contending.forEach(statement -> statement
                    .handle((rows, failure) -> failure == null || failures.add(failure))
                    .join());
        }

        assertThat(failures).as("transactions that did not time out").isNotEmpty();
        assertThat(failures).allSatisfy(failure -> assertThat(failure).isInstanceOf(WriteTimeoutException.class));
    }
}
