package io.telltale.packing;

import java.time.Duration;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The thread of a background engine, with one request at a time, so that ingest and queries come first. */
final class EngineThread {

    private static final Duration STOP_LIMIT = PackerWaits.STOPPING_LIMIT.plusSeconds(1);

    private static final Logger log = Logger.getLogger(EngineThread.class);

    private final String name;
    private final PackerWaits waits;
    private final Supplier<Duration> pass;
    private @Nullable Thread thread;

    /** @param pass makes one pass, and returns how long to wait for the next one */
    EngineThread(String name, PackerWaits waits, Supplier<Duration> pass) {
        this.name = name;
        this.waits = waits;
        this.pass = pass;
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
                waits.pause(pass.get());
            } catch (RuntimeException e) {
                log.debugf("The %s was interrupted: %s", name, e);
            }
        }
    }
}
