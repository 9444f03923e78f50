package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.api.Turns;
import io.telltale.query.AggregatesStream.Chunk;
import io.telltale.query.SharedBodies.TooLongException;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.settings.Bounds;
import io.telltale.store.ReadingStore;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Answers of windows: readings in, body out. Equal ones that are asked for while one is under way are read and made once,
 * whoever of them is slow.
 */
@Singleton
class AggregatesAnswers {

    /** What is held for those who share, of all answers together: some hundred of a thousand windows. */
    private static final long SHARED_BYTES = 16 << 20;

    /** So many who shared an answer of long texts read its rest at once; the others are in line, as many as there are connections. */
    private static final int RESTS_AT_ONCE = 8;

    private final RangeAnswers ranges;
    private final ReadingStore readings;
    private final BodyStream bodies;
    private final int exactPercentiles;
    private final SharedBodies<Key, Head, Chunk> shared =
            new SharedBodies<>(SHARED_BYTES, chunk -> chunk.bytes().length, System::nanoTime);
    private final Turns rests = new Turns(RESTS_AT_ONCE, Integer.MAX_VALUE);

    /** Answers that are the same, whoever asks for them. */
    private record Key(SensorId sensorId, AggregatesQuery query, AggregatesForm form) {}

    /** @param windows where the chunks come from */
    private record Head(Meta meta, AggregatesStream windows) {}

    @Inject
    AggregatesAnswers(RangeAnswers ranges, ReadingStore readings, BodyStream bodies, QueryConfig config) {
        this.ranges = ranges;
        this.readings = readings;
        this.bodies = bodies;
        this.exactPercentiles =
                Bounds.within("telltale.query.exact-percentiles", config.exactPercentiles(), 100, 100_000);
    }

    /** Completes when the answer is sent; a failure goes to {@link BodyStream#orBreakOff}. */
    Uni<Void> answer(Sensor sensor, AggregatesQuery query, AggregatesForm form, HttpServerRequest connection) {
        return shared.join(
                new Key(sensor.id(), query, form),
                query.mostBytesOfNumbers(),
                take -> ranges.answer(
                        sensor, query.range(), Order.ASC, Long.MAX_VALUE, query.consistency(), (meta, found) -> {
                            AggregatesStream windows = new AggregatesStream(query, form, exactPercentiles);
                            return take.apply(new Head(meta, windows), windows.chunks(found));
                        }),
                (head, chunks) -> bodies.send(
                        form.opening(sensor.id(), query),
                        Multi.createFrom()
                                .deferred(() -> new Body(sensor, query, form, head).of(chunks, connection.response())),
                        form.mediaType(),
                        head.meta().headers(),
                        connection));
    }

    /** What one client gets. */
    private final class Body {
        private final Sensor sensor;
        private final AggregatesQuery query;
        private final AggregatesForm form;
        private final Meta meta;
        private AggregatesStream windows;
        private long givenToMillis;

        Body(Sensor sensor, AggregatesQuery query, AggregatesForm form, Head head) {
            this.sensor = sensor;
            this.query = query;
            this.form = form;
            this.meta = head.meta();
            this.windows = head.windows();
            this.givenToMillis = query.range().fromMillis();
        }

        Multi<byte[]> of(Multi<Chunk> chunks, HttpServerResponse response) {
            return Multi.createBy()
                    .concatenating()
                    .streams(
                            chunks.onItem()
                                    .invoke(chunk -> givenToMillis = chunk.toMillis())
                                    .onFailure(TooLongException.class)
                                    .recoverWithMulti(this::rest)
                                    .map(Chunk::bytes),
                            Multi.createFrom().deferred(() -> Multi.createFrom()
                                    .item(form.closing(meta, windows.percentiles(), response))));
        }

        /** Long texts did not fit in what is held for all: what comes behind that is read again. */
        private Multi<Chunk> rest() {
            Turns.Turn turn = rests.turn();
            windows = new AggregatesStream(query, form, exactPercentiles, givenToMillis);
            return turn.comes()
                    .onItem()
                    .transformToMulti(mine -> windows.chunks(readings.range(
                            sensor,
                            query.range().fromMillis(),
                            query.range().toMillis(),
                            Order.ASC,
                            Long.MAX_VALUE,
                            query.consistency())))
                    .onTermination()
                    .invoke(turn::end);
        }
    }
}
