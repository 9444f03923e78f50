package io.telltale.obvious;

import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.quarkus.runtime.api.session.QuarkusCqlSession;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What people write first: a record comes, an insert goes, and the messaging layer sees to the rest. */
@ApplicationScoped
public class ReadingService {

    private final Uni<Ready> ready;
    private final AtomicLong stored = new AtomicLong();

    record Ready(QuarkusCqlSession session, PreparedStatement insert) {}

    ReadingService(
            CompletionStage<QuarkusCqlSession> session,
            @ConfigProperty(name = "obvious.keyspace") String keyspace) {
        this.ready = Uni.createFrom()
                .completionStage(session)
                .chain(open -> Uni.createFrom()
                        .completionStage(() -> open.prepareAsync(
                                "INSERT INTO " + keyspace + ".readings (sensor_id, ts, value) VALUES (?, ?, ?)"))
                        .map(insert -> new Ready(open, insert)))
                .memoize()
                .indefinitely();
    }

    @Incoming("readings")
    Uni<Void> store(Reading reading) {
        return ready.chain(cassandra -> cassandra.session()
                        .executeReactive(cassandra
                                .insert()
                                .bind(reading.sensorId(), reading.timestamp(), reading.value()))
                        .collect()
                        .last())
                // How the benchmark knows how far it is.
                .invoke(() -> System.out.println("stored " + stored.incrementAndGet() + " " + stored.get()))
                .replaceWithVoid();
    }
}
