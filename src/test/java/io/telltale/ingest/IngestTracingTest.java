package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class IngestTracingTest {

    private static final SensorType TYPE = new SensorType("temperature");

    private final InMemorySpanExporter spans = InMemorySpanExporter.create();

    @Test
    void tracesEachPollAndEachWrite() {
        IngestTracing tracing = tracingWith(Sampler.alwaysOn());

        done(tracing.poll(1_000, Uni.createFrom().voidItem()));
        done(tracing.write(TYPE, 500, Uni.createFrom().voidItem()));

        List<SpanData> finished = spans.getFinishedSpanItems();
        assertThat(finished).extracting(SpanData::getName).containsExactly("ingest poll", "ingest write");
        assertThat(finished.get(0).getAttributes().get(AttributeKey.longKey("messaging.batch.message_count")))
                .isEqualTo(1_000);
        assertThat(finished.get(1).getAttributes().get(AttributeKey.longKey("db.operation.batch.size")))
                .isEqualTo(500);
        assertThat(finished.get(1).getAttributes().get(AttributeKey.stringKey("telltale.type")))
                .isEqualTo("temperature");
    }

    @Test
    void tracesEachAttemptWithItsFailure() {
        IngestTracing tracing = tracingWith(Sampler.alwaysOn());
        Uni<Void> writing =
                tracing.write(TYPE, 1, Uni.createFrom().failure(() -> new IllegalStateException("too few replicas")));
        assertThat(spans.getFinishedSpanItems()).isEmpty();

        // Two attempts, as ingest retries.
        assertThat(writing.onFailure()
                        .retry()
                        .atMost(1)
                        .onFailure()
                        .recoverWithNull()
                        .await()
                        .indefinitely())
                .isNull();

        assertThat(spans.getFinishedSpanItems()).hasSize(2).allSatisfy(span -> {
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            assertThat(span.getStatus().getDescription()).contains("too few replicas");
        });
    }

    @Test
    void changesNothingWithoutATracer() {
        Uni<Void> work = Uni.createFrom().voidItem();
        assertThat(new IngestTracing((Tracer) null).poll(1, work)).isSameAs(work);
    }

    @Test
    void recordsNothingThatIsNotSampled() {
        done(tracingWith(Sampler.alwaysOff()).poll(1, Uni.createFrom().voidItem()));
        assertThat(spans.getFinishedSpanItems()).isEmpty();
    }

    private IngestTracing tracingWith(Sampler sampler) {
        return new IngestTracing(SdkTracerProvider.builder()
                .setSampler(sampler)
                .addSpanProcessor(SimpleSpanProcessor.create(spans))
                .build()
                .get("test"));
    }

    private static void done(Uni<Void> work) {
        work.await().indefinitely();
    }
}
