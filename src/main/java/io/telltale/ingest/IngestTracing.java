package io.telltale.ingest;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Traces ingest: one span per poll and one per write, never one per reading. Only a build with tracing has a tracer;
 * without it, or while tracing is off, this class does nothing.
 */
@Singleton
class IngestTracing {

    private final @Nullable Tracer tracer;

    @Inject
    IngestTracing(Instance<Tracer> tracers) {
        this(tracers.isResolvable() ? tracers.get() : null);
    }

    IngestTracing(@Nullable Tracer tracer) {
        this.tracer = tracer;
    }

    /** Traces a poll until its readings are held or dead letters. */
    Uni<Void> poll(int records, Uni<Void> processing) {
        return traced("ingest poll", span -> span.setAttribute("messaging.batch.message_count", records), processing);
    }

    /** Traces a write to Cassandra. */
    Uni<Void> write(SensorType type, int readings, Uni<Void> writing) {
        return traced(
                "ingest write",
                span -> span.setAttribute("db.operation.batch.size", readings)
                        .setAttribute("telltale.type", type.name()),
                writing);
    }

    private Uni<Void> traced(String name, Consumer<Span> describe, Uni<Void> work) {
        Tracer spans = tracer;
        if (spans == null) {
            return work;
        }
        return Uni.createFrom().deferred(() -> {
            Span span = spans.spanBuilder(name).setNoParent().startSpan();
            if (!span.isRecording()) {
                return work;
            }
            describe.accept(span);
            return work.onTermination().invoke((done, failure, isCancelled) -> {
                if (failure != null) {
                    span.setStatus(StatusCode.ERROR, failure.toString());
                }
                span.end();
            });
        });
    }
}
