package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Coalesces identical concurrent requests: one computation, whose result every client uses. The computation is
 * cancelled when the last client leaves. Nothing is cached: a request that comes after the computation starts a new
 * one.
 *
 * <p>Results are held until the last client has used them, so a computation first reserves memory. Without enough
 * memory a client is served alone. Thread-safe.
 *
 * @param <K> the request; equal keys have equal results
 * @param <V> the result
 */
final class RequestCoalescer<K, V> {

    /**
     * The age up to which a computation accepts more clients. The {@link IngestWatermarks} of its result may be 5 s old
     * from the start; clients get none older than twice that.
     */
    static final Duration JOINABLE_FOR = Duration.ofSeconds(5);

    private final long maxBytes;
    private final ToLongFunction<V> bytesOf;
    private final LongSupplier nanoTime;

    // Guarded by this, as are the mutable fields of Computation.
    private final Map<K, Computation> joinable = new HashMap<>();
    private long reservedBytes;

    /** A coalescer of results that are small or held anyway. */
    RequestCoalescer() {
        this(Long.MAX_VALUE, result -> 0, System::nanoTime);
    }

    /**
     * @param maxBytes the memory budget of all results together
     * @param bytesOf the memory that a finished result holds
     * @param nanoTime {@link System#nanoTime}
     */
    RequestCoalescer(long maxBytes, ToLongFunction<V> bytesOf, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.bytesOf = bytesOf;
        this.nanoTime = nanoTime;
    }

    /** The result of the computation that is in progress for this key, or else of this one. */
    Uni<V> join(K key, Supplier<Uni<V>> computation) {
        return join(key, 0, computation, result -> Uni.createFrom().item(result), computation);
    }

    /**
     * Uses the result of the computation that is in progress for this key, or else of this one.
     *
     * @param bytes the memory to reserve during the computation
     * @param use ends when this client does not need the result any more
     * @param alone serves this client where the budget has no memory left
     */
    <R> Uni<R> join(K key, long bytes, Supplier<Uni<V>> computation, Function<V, Uni<R>> use, Supplier<Uni<R>> alone) {
        return Uni.createFrom().deferred(() -> {
            Client client = enter(key, bytes);
            if (client == null) {
                return alone.get();
            }
            if (client.isFirst) {
                client.computation.start(computation);
            }
            return Uni.createFrom()
                    // A copy, because a client that leaves cancels its future.
                    .completionStage(client.computation.result::copy)
                    .chain(use::apply)
                    .onTermination()
                    .invoke(client::leave);
        });
    }

    private synchronized @Nullable Client enter(K key, long bytes) {
        Computation current = joinable.get(key);
        if (current != null && nanoTime.getAsLong() - current.startNanos < JOINABLE_FOR.toNanos()) {
            return new Client(current, false);
        }
        if (bytes > maxBytes - reservedBytes) {
            return null;
        }
        reservedBytes += bytes;
        Computation started = new Computation(key, bytes);
        joinable.put(key, started);
        return new Client(started, true);
    }

    /** The number of computations that accept more clients. */
    synchronized int size() {
        return joinable.size();
    }

    synchronized long reservedBytes() {
        return reservedBytes;
    }

    /** One computation and its result, from the first client until the last one has left. */
    private final class Computation {
        private final K key;
        private final long startNanos = nanoTime.getAsLong();
        private final CompletableFuture<V> result = new CompletableFuture<>();
        private long bytes;
        private int clients;
        private Cancellable running = () -> {};

        Computation(K key, long bytes) {
            this.key = key;
            this.bytes = bytes;
        }

        /** Called by the first client, which cannot leave before this returns. */
        void start(Supplier<Uni<V>> computation) {
            Cancellable started = Uni.createFrom()
                    .deferred(() -> computation.get())
                    .subscribe()
                    .with(this::complete, this::fail);
            synchronized (RequestCoalescer.this) {
                running = started;
            }
        }

        private void complete(V computed) {
            synchronized (RequestCoalescer.this) {
                joinable.remove(key, this);
                resize(clients > 0 ? bytesOf.applyAsLong(computed) : 0);
            }
            result.complete(computed);
        }

        private void fail(Throwable failure) {
            synchronized (RequestCoalescer.this) {
                // First, because a client that retries at once must start a new computation.
                joinable.remove(key, this);
                resize(0);
            }
            result.completeExceptionally(failure);
        }

        private void resize(long to) {
            reservedBytes += to - bytes;
            bytes = to;
        }
    }

    private final class Client {
        private final Computation computation;
        private final boolean isFirst;
        private boolean hasLeft;

        Client(Computation computation, boolean isFirst) {
            this.computation = computation;
            this.isFirst = isFirst;
            computation.clients++;
        }

        /** Idempotent: Mutiny reports a cancellation also after the end. */
        void leave() {
            Cancellable abandoned;
            synchronized (RequestCoalescer.this) {
                if (hasLeft) {
                    return;
                }
                hasLeft = true;
                computation.clients--;
                if (computation.clients > 0) {
                    return;
                }
                joinable.remove(computation.key, computation);
                computation.resize(0);
                abandoned = computation.running;
            }
            abandoned.cancel();
        }
    }
}
