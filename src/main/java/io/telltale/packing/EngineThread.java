package io.telltale.packing;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The thread of a background engine, with one request at a time, so that ingest and queries come first. */
final class EngineThread {

    private static final Duration STOP_LIMIT = PackerWaits.STOPPING_LIMIT.plusSeconds(1);
    private static final Duration UNTIL_READY = Duration.ofSeconds(1);

    private static final Logger log = Logger.getLogger(EngineThread.class);

    private final String name;
    private final PackerWaits waits;
    private final BooleanSupplier isReady;
    private final Duration interval;
    private final Supplier<Duration> pass;
    private final Consumer<Error> onError;
    private @Nullable Thread thread;

    /**
     * @param isReady whether a pass can be made
     * @param interval between passes, after an error
     * @param pass makes one pass, and returns how long to wait for the next one
     * @param onError takes an error, such as a stack that overflows; the thread goes on
     */
    EngineThread(
            String name,
            PackerWaits waits,
            BooleanSupplier isReady,
            Duration interval,
            Supplier<Duration> pass,
            Consumer<Error> onError) {
        this.name = name;
        this.waits = waits;
        this.isReady = isReady;
        this.interval = interval;
        this.pass = pass;
        this.onError = onError;
    }

    /** One with an interval that is always the same. */
    EngineThread(
            String name,
            PackerWaits waits,
            BooleanSupplier isReady,
            Duration interval,
            Runnable pass,
            Consumer<Error> onError) {
        this(
                name,
                waits,
                isReady,
                interval,
                () -> {
                    pass.run();
                    return interval;
                },
                onError);
    }

    void start() {
        Thread started = new Thread(this::run, name);
        started.setDaemon(true);
        started.start();
        thread = started;
    }

    /** Blocks: runs on the shutdown thread. */
    void stop() throws InterruptedException {
        waits.stop();
        Thread started = thread;
        if (started != null) {
            // Ends a wait for Cassandra.
            started.interrupt();
            started.join(STOP_LIMIT.toMillis());
        }
    }

    private void run() {
        while (!waits.isStopped()) {
            try {
                waits.pause(passIfReady());
            } catch (RuntimeException e) {
                log.debugf("The %s was interrupted: %s", name, e);
            }
        }
    }

    private Duration passIfReady() {
        try {
            return isReady.getAsBoolean() ? pass.get() : UNTIL_READY;
        } catch (Error e) {
            // Otherwise the thread would end, and the engine would do nothing until a restart.
            onError.accept(e);
            return interval;
        }
    }
}
