package io.telltale.ingest;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.health.api.HealthGroup;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Database;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;
import org.jspecify.annotations.Nullable;

/**
 * Whether Kafka and Cassandra answer. One that is away takes nothing from what needs only the other, so the service is
 * ready while it can do anything at all; {@code /q/health/group/dependencies} tells the two apart.
 */
@Singleton
class DependencyHealth {

    private static final Duration ANSWER = Duration.ofSeconds(2);

    private final KafkaTopics kafka;
    private final Database cassandra;
    private final IngestHealth pulse;
    private volatile boolean isDraining;

    /** How a dependency answered: well, or with this failure. */
    private record Answer(String name, @Nullable String failure) {
        boolean isGood() {
            return failure == null;
        }

        HealthCheckResponse toResponse() {
            HealthCheckResponseBuilder response =
                    HealthCheckResponse.named(name).status(isGood());
            return (failure == null ? response : response.withData("reason", failure)).build();
        }
    }

    @Inject
    DependencyHealth(KafkaTopics kafka, Database cassandra, IngestHealth pulse) {
        this.kafka = kafka;
        this.cassandra = cassandra;
        this.pulse = pulse;
    }

    @Produces
    @Singleton
    @HealthGroup("dependencies")
    AsyncHealthCheck kafka() {
        return () -> askKafka().map(Answer::toResponse);
    }

    @Produces
    @Singleton
    @HealthGroup("dependencies")
    AsyncHealthCheck cassandra() {
        return () -> askCassandra().map(Answer::toResponse);
    }

    @Produces
    @Singleton
    @Readiness
    AsyncHealthCheck ready() {
        return () -> isDraining
                ? Uni.createFrom().item(DependencyHealth::stopping)
                : Uni.combine().all().unis(askKafka(), askCassandra()).with(this::ready);
    }

    /** Nobody has to be asked for that. */
    private static HealthCheckResponse stopping() {
        return HealthCheckResponse.named("telltale")
                .down()
                .withData("stopping", true)
                .build();
    }

    private HealthCheckResponse ready(Answer kafkaAnswer, Answer cassandraAnswer) {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("telltale")
                .status(isStarted() && (kafkaAnswer.isGood() || cassandraAnswer.isGood()))
                .withData("kafka", kafkaAnswer.isGood() ? "answers" : "away")
                .withData("cassandra", cassandraAnswer.isGood() ? "answers" : "away");
        pulse.outage().ifPresent(outage -> response.withData("ingest", "waits: " + outage));
        return response.build();
    }

    @Produces
    @Singleton
    @Startup
    AsyncHealthCheck started() {
        return () -> Uni.createFrom().item(() -> {
            HealthCheckResponseBuilder response = HealthCheckResponse.named("start")
                    .status(isStarted())
                    .withData("tables", cassandra.wasReady() ? "there" : "not yet")
                    .withData("topics", kafka.wasReady() ? "there" : "not yet");
            kafka.withoutDeadLetters().ifPresent(reason -> response.withData("missing", reason));
            return response.build();
        });
    }

    /**
     * Session, tables and statements are there, and the topic of dead letters, without which the first bad record would be
     * the last of its partition.
     */
    private boolean isStarted() {
        return cassandra.wasReady()
                && kafka.wasReady()
                && kafka.withoutDeadLetters().isEmpty();
    }

    /** Before anything else is stopped, so that nobody is sent here who would be sent away. */
    void stop(@Observes @Priority(1) ShutdownDelayInitiatedEvent shutdown) {
        isDraining = true;
    }

    private Uni<Answer> askKafka() {
        return ask("kafka", kafka.ping());
    }

    private Uni<Answer> askCassandra() {
        return ask("cassandra", cassandra.ping());
    }

    private static Uni<Answer> ask(String name, Uni<Void> question) {
        return question.ifNoItem()
                .after(ANSWER)
                .fail()
                .map(good -> new Answer(name, null))
                .onFailure()
                .recoverWithItem(failure -> new Answer(name, failure.toString()));
    }
}
