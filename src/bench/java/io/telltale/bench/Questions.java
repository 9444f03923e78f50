package io.telltale.bench;

import io.telltale.bench.LoadRun.Latency;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;

/**
 * Requests that are sent when they are due, by the clock, whether earlier ones are answered or not. Latency counts from
 * when a request was due, not from when a busy sender came to it.
 */
final class Questions implements AutoCloseable {

    private static final long SLICE_MILLIS = 2;
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final long LONGEST_MICROS = 60_000_000;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong open = new AtomicLong();
    private final List<Kind> kinds = new ArrayList<>();

    /** One kind of request, so many a second, evenly. */
    private final class Kind {
        private final String what;
        private final double perSecond;
        private final LongFunction<String> url;
        private final Histogram micros = new ConcurrentHistogram(LONGEST_MICROS, 3);
        private final AtomicLong failed = new AtomicLong();
        private final long beginNanos = System.nanoTime();
        private final long countFromNanos;
        private long next;

        Kind(String what, double perSecond, long countFromNanos, LongFunction<String> url) {
            this.what = what;
            this.perSecond = perSecond;
            this.countFromNanos = countFromNanos;
            this.url = url;
        }

        void askWhatIsDue() {
            long now = System.nanoTime();
            for (long due = dueNanos(); due <= now; due = dueNanos()) {
                ask(due, url.apply(next++));
            }
        }

        private long dueNanos() {
            return beginNanos + (long) (next * 1e9 / perSecond);
        }

        private void ask(long due, String address) {
            open.incrementAndGet();
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(address)).timeout(LIMIT).build();
            CompletableFuture<?> unused = http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray())
                    .whenComplete((answer, failure) -> {
                        if (due >= countFromNanos) {
                            micros.recordValue(Math.min(LONGEST_MICROS, (System.nanoTime() - due) / 1_000));
                            if (answer == null || answer.statusCode() != 200) {
                                failed.incrementAndGet();
                            }
                        }
                        open.decrementAndGet();
                    });
        }

        AskedRun run() {
            return new AskedRun(
                    what,
                    perSecond,
                    new Latency(
                            micros.getValueAtPercentile(50) / 1_000.0,
                            micros.getValueAtPercentile(99) / 1_000.0,
                            micros.getTotalCount()),
                    micros.getMaxValue() / 1_000.0,
                    failed.get());
        }
    }

    /**
     * A kind of request more; to be called before {@link #start}.
     *
     * @param uncounted for how long its answers do not count, from now on
     * @param url of the nth request
     */
    Questions and(String what, double perSecond, Duration uncounted, LongFunction<String> url) {
        kinds.add(new Kind(what, perSecond, System.nanoTime() + uncounted.toNanos(), url));
        return this;
    }

    void start() {
        ScheduledFuture<?> unused = sender.scheduleAtFixedRate(
                () -> kinds.forEach(Kind::askWhatIsDue), 0, SLICE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Asks no more, and returns when all is answered or given up. */
    List<AskedRun> finish() {
        sender.shutdown();
        Awaitility.await().atMost(LIMIT.multipliedBy(2)).until(() -> sender.isTerminated() && open.get() == 0);
        return kinds.stream().map(Kind::run).toList();
    }

    @Override
    public void close() {
        sender.shutdownNow();
    }
}
