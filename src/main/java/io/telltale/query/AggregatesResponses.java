package io.telltale.query;

import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.settings.Bounds;
import io.telltale.streams.Concatenation;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Computes and sends windows. Identical concurrent requests of a caller share one body, computed once and sent to each
 * client at its own pace. A body over the memory budget is computed for each client alone and streamed.
 */
@Startup
@Singleton
class AggregatesResponses {

    /** The memory budget of shared bodies: about forty bodies of a thousand windows of four functions. */
    private static final long SHARED_BYTES = 16 << 20;

    /** The part of the reservation for texts, and for the numbers of the open window. */
    private static final long TEXT_BYTES = 128 << 10;

    private final RangeResponses ranges;
    private final ResponseStream bodies;
    private final int exactPercentiles;
    private final RequestCoalescer<Key, Shared> shared = new RequestCoalescer<>(
            SHARED_BYTES, result -> result.body().map(FinishedBody::bytes).orElse(0L), System::nanoTime);

    private record Request(CallerCredential caller, Sensor sensor, AggregatesQuery query, AggregatesFormat format) {
        Key key() {
            return new Key(caller.caller(), sensor.id(), query, format);
        }
    }

    /**
     * Requests with equal keys have equal bodies, and need the permits of one caller: a caller at its limit must not
     * keep another waiting.
     */
    private record Key(String caller, SensorId sensorId, AggregatesQuery query, AggregatesFormat format) {}

    /** The result of a shared computation: no body if that is longer than the memory reserved for it. */
    private record Shared(Optional<FinishedBody> body) {}

    /**
     * A body, without opening and closing.
     *
     * @param findings what is known after the last window
     */
    private record FinishedBody(Meta meta, List<byte[]> chunks, long bytes, AggregatesFindings findings) {}

    @Inject
    AggregatesResponses(RangeResponses ranges, ResponseStream bodies, QueryConfig config) {
        this.ranges = ranges;
        this.bodies = bodies;
        this.exactPercentiles = exactPercentiles(config);
    }

    /** The highest count of numbers in a window for which percentiles are exact. */
    static int exactPercentiles(QueryConfig config) {
        return Bounds.within("telltale.query.exact-percentiles", config.exactPercentiles(), 100, 100_000);
    }

    /** Completes when the response is sent. Pass failures to {@link ResponseStream#orBreakOff}. */
    Uni<Void> send(
            CallerCredential caller,
            Sensor sensor,
            AggregatesQuery query,
            AggregatesFormat format,
            HttpServerRequest connection) {
        Request request = new Request(caller, sensor, query, format);
        if (HttpMethod.HEAD.equals(connection.method())) {
            return stream(request, connection);
        }
        long maxBytes = TEXT_BYTES + query.maxBytesWithoutTexts();
        return shared.join(
                request.key(),
                maxBytes,
                () -> read(request, (meta, windows) -> finish(meta, windows, maxBytes)),
                result -> result.body()
                        .map(body -> send(request, body, connection))
                        .orElseGet(() -> stream(request, connection)),
                () -> stream(request, connection));
    }

    private <T> Uni<T> read(Request request, BiFunction<Meta, AggregatesStream, Uni<T>> use) {
        AggregatesQuery query = request.query();
        return ranges.readSummarized(
                request.caller(),
                request.sensor(),
                query.range(),
                query.consistency(),
                query.summaryRule(),
                (meta, parts) ->
                        use.apply(meta, new AggregatesStream(query, request.format(), exactPercentiles, parts)));
    }

    /** Computes a body up to a length; reading stops there. */
    private static Uni<Shared> finish(Meta meta, AggregatesStream windows, long maxBytes) {
        ChunkBuffer buffer = new ChunkBuffer(maxBytes);
        return windows.chunks()
                .invoke(buffer::add)
                .select()
                .first(chunk -> buffer.fits())
                .collect()
                .last()
                .map(last -> new Shared(
                        buffer.fits()
                                ? Optional.of(new FinishedBody(meta, buffer.chunks, buffer.bytes, windows.findings()))
                                : Optional.empty()));
    }

    private Uni<Void> send(Request request, FinishedBody body, HttpServerRequest connection) {
        return send(request, body.meta(), Multi.createFrom().iterable(body.chunks()), body::findings, connection);
    }

    private Uni<Void> stream(Request request, HttpServerRequest connection) {
        return read(request, (meta, windows) -> send(request, meta, windows.chunks(), windows::findings, connection));
    }

    /** @param findings known after the last chunk */
    private Uni<Void> send(
            Request request,
            Meta meta,
            Multi<byte[]> chunks,
            Supplier<AggregatesFindings> findings,
            HttpServerRequest connection) {
        AggregatesFormat format = request.format();
        Multi<byte[]> closing = Multi.createFrom()
                .deferred(() -> Multi.createFrom().item(format.closing(meta, findings.get(), connection.response())));
        return bodies.send(
                format.opening(request.sensor().id(), request.query()),
                Concatenation.of(List.of(chunks, closing)),
                format.mediaType(),
                meta.headers(),
                connection);
    }

    /** Chunks up to a length; holds none of them beyond it. For one thread at a time. */
    private static final class ChunkBuffer {
        private final long maxBytes;
        private final List<byte[]> chunks = new ArrayList<>();
        private long bytes;

        ChunkBuffer(long maxBytes) {
            this.maxBytes = maxBytes;
        }

        void add(byte[] chunk) {
            bytes += chunk.length;
            if (fits()) {
                chunks.add(chunk);
            } else {
                chunks.clear();
            }
        }

        boolean fits() {
            return bytes <= maxBytes;
        }
    }
}
