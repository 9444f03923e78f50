package io.telltale.evaluate;

import io.telltale.bench.Narrator;
import org.jspecify.annotations.Nullable;

/** An environment that is started when a cell needs it. */
final class Servers implements AutoCloseable {

    private final Environment<?> environment;
    private final Narrator narrator;
    private @Nullable AutoCloseable running;
    private int failedStarts;

    Servers(Environment<?> environment, Narrator narrator) {
        this.environment = environment;
        this.narrator = narrator;
    }

    /** Starts the environment unless it runs. */
    AutoCloseable running() throws Exception {
        if (running == null) {
            narrator.say("starting %s", environment.name());
            failedStarts++;
            running = environment.opener().open();
            failedStarts = 0;
        }
        return running;
    }

    /** How many starts failed since the last one that succeeded. */
    int failedStarts() {
        return failedStarts;
    }

    /** Stops the environment if it runs. A failure is reported only: results are stored already. */
    @Override
    public void close() {
        AutoCloseable ended = running;
        running = null;
        try {
            if (ended != null) {
                ended.close();
            }
        } catch (Exception e) {
            narrator.say("could not stop %s: %s", environment.name(), e);
        }
    }
}
