package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.store.Page;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The waits of an engine's thread, which has nothing else to do. They end when the service stops. */
class PackerWaits {

    /** Longer than the driver's timeouts. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    static final Duration STOPPING_LIMIT = Duration.ofSeconds(2);

    private static final int ATTEMPTS = 5;
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(1);

    private final CountDownLatch stopped = new CountDownLatch(1);

    /**
     * Waits for a result.
     *
     * @throws CancellationException if the service stops
     */
    <T> T get(Uni<T> result) {
        requireRunning();
        return result.await().atMost(LIMIT);
    }

    /** Waits for each page of a result, one after another, and passes on its items. */
    <T> void forEach(Uni<Page<T>> firstPage, Consumer<T> action) {
        for (Optional<Page<T>> page = Optional.of(get(firstPage)); page.isPresent(); page = after(page.get())) {
            page.get().items().forEach(action);
        }
    }

    /** Waits for the page after a page; empty on the last one. */
    <T> Optional<Page<T>> after(Page<T> page) {
        return page.next().map(next -> get(next.get()));
    }

    /** Waits for a result that cleans up, also when the service stops. Then it waits a moment only. */
    <T> T getAlways(Uni<T> result) {
        // Otherwise an interrupted thread would not wait.
        Thread.interrupted();
        return result.await().atMost(isStopped() ? STOPPING_LIMIT : LIMIT);
    }

    /**
     * Waits for some time.
     *
     * @throws CancellationException if the service stops
     */
    void pause(Duration duration) {
        boolean isStopped;
        try {
            isStopped = stopped.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            isStopped = true;
        }
        if (isStopped) {
            throw new CancellationException("the service stops");
        }
    }

    /** Waits until the next readings may follow some. */
    void keep(Pace pace, int readings) {
        Duration pause = pace.after(readings);
        if (!pause.isZero()) {
            pause(pause);
        }
    }

    /** Makes some attempts. Throws the failure of the last one. */
    void withRetries(Runnable attempt) {
        for (int failures = 0; ; failures++) {
            try {
                attempt.run();
                return;
            } catch (RuntimeException e) {
                if (failures + 1 == ATTEMPTS || isStopped()) {
                    throw e;
                }
                pause(BETWEEN_ATTEMPTS);
            }
        }
    }

    /** Whether the service stops. */
    boolean isStopped() {
        return stopped.getCount() == 0;
    }

    private void requireRunning() {
        if (isStopped()) {
            throw new CancellationException("the service stops");
        }
    }

    void stop() {
        stopped.countDown();
    }
}
