package io.telltale.health;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.health.api.HealthGroup;
import io.smallrye.mutiny.Uni;
import io.telltale.kafka.TopicAdmin;
import io.telltale.store.Database;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Whether Kafka and Cassandra answer within 2 s. {@code /q/health/group/dependencies} reports each by itself: the
 * service is ready with only one of them.
 */
@Singleton
public class DependencyHealth {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final TopicAdmin kafka;
    private final Database cassandra;
    private final HealthDetails details;

    /**
     * The result of a check.
     *
     * @param failure why the dependency is unavailable; null if it answered
     */
    public record Dependency(String name, @Nullable String failure) {

        /** Whether it answered in time. */
        public boolean isAvailable() {
            return failure == null;
        }

        HealthCheckResponse toResponse() {
            HealthCheckResponseBuilder response =
                    HealthCheckResponse.named(name).status(isAvailable());
            return (failure == null ? response : response.withData("reason", failure)).build();
        }
    }

    @Inject
    DependencyHealth(TopicAdmin kafka, Database cassandra, HealthDetails details) {
        this.kafka = kafka;
        this.cassandra = cassandra;
        this.details = details;
    }

    @Produces
    @Singleton
    @HealthGroup("dependencies")
    AsyncHealthCheck kafkaCheck() {
        return () -> kafka().map(Dependency::toResponse);
    }

    @Produces
    @Singleton
    @HealthGroup("dependencies")
    AsyncHealthCheck cassandraCheck() {
        return () -> cassandra().map(Dependency::toResponse);
    }

    /** Checks Kafka. Completes within 2 s, and never fails. */
    public Uni<Dependency> kafka() {
        return check("kafka", kafka.ping());
    }

    /** Checks Cassandra. Completes within 2 s, and never fails. */
    public Uni<Dependency> cassandra() {
        return check("cassandra", cassandra.ping());
    }

    private Uni<Dependency> check(String name, Uni<Void> ping) {
        return ping.ifNoItem()
                .after(TIMEOUT)
                .fail()
                .map(answered -> new Dependency(name, null))
                .onFailure()
                .recoverWithItem(failure -> new Dependency(name, details.shown(failure.toString())));
    }
}
