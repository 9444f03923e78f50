package io.telltale.query;

import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.settings.Bounds;
import io.telltale.streams.Concatenation;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Answers of windows: readings in, body out. Equal ones that are asked for while one is under way are read and made once.
 */
@Startup
@Singleton
class AggregatesResponses {

    /** What is held for those who share, of all answers together: some forty of a thousand windows of four functions. */
    private static final long SHARED_BYTES = 16 << 20;

    /** What an answer holds beside its windows: the numbers of one that is gathered, and its texts. */
    private static final long HELD_BESIDE_BYTES = 128 << 10;

    private final RangeResponses ranges;
    private final ResponseStream bodies;
    private final int exactPercentiles;
    private final SharedBodies<Key, Head, byte[]> shared =
            new SharedBodies<>(SHARED_BYTES, chunk -> chunk.length, System::nanoTime);

    /** Answers that are the same, whoever asks for them. */
    private record Key(SensorId sensorId, AggregatesQuery query, AggregatesFormat form) {}

    /** @param windows where the chunks come from */
    private record Head(Meta meta, AggregatesStream windows) {}

    @Inject
    AggregatesResponses(RangeResponses ranges, ResponseStream bodies, QueryConfig config) {
        this.ranges = ranges;
        this.bodies = bodies;
        this.exactPercentiles =
                Bounds.within("telltale.query.exact-percentiles", config.exactPercentiles(), 100, 100_000);
    }

    /** Completes when the answer is sent; a failure goes to {@link ResponseStream#orBreakOff}. */
    Uni<Void> answer(Sensor sensor, AggregatesQuery query, AggregatesFormat form, HttpServerRequest connection) {
        return shared.join(
                new Key(sensor.id(), query, form),
                HELD_BESIDE_BYTES + query.mostBytesOfNumbers(),
                take -> ranges.answer(
                        sensor, query.range(), Order.ASC, Long.MAX_VALUE, query.consistency(), (meta, found) -> {
                            AggregatesStream windows = new AggregatesStream(query, form, exactPercentiles);
                            return take.apply(new Head(meta, windows), windows.chunks(found));
                        }),
                (head, chunks) -> bodies.send(
                        form.opening(sensor.id(), query),
                        Concatenation.of(List.of(chunks, Multi.createFrom().deferred(() -> Multi.createFrom()
                                .item(form.closing(
                                        head.meta(), head.windows().percentiles(), connection.response()))))),
                        form.mediaType(),
                        head.meta().headers(),
                        connection));
    }
}
