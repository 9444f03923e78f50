package io.telltale.local;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A server of the stack as a child JVM that can be ended and started again on its data, at its address. */
abstract class ServerProcess implements ServerLifecycle {

    private static final Duration READY_LIMIT = Duration.ofMinutes(2);

    private final String name;
    private final Duration stopLimit;
    private @Nullable ChildJvm process;

    ServerProcess(String name, Duration stopLimit) {
        this.name = name;
        this.stopLimit = stopLimit;
    }

    /** Writes what the server reads at its start, and says how to run it. */
    abstract JvmCommand prepare();

    /** Whether it answers the question that its users ask, now. */
    abstract boolean answers();

    @Override
    public final void start() {
        launch();
        awaitReady();
    }

    @Override
    public final void stop() {
        if (process != null) {
            process.stop(stopLimit);
        }
    }

    @Override
    public final void kill() {
        if (process != null) {
            process.kill();
        }
    }

    @Override
    public final void pause() {
        running().pause();
    }

    /** Stopped for {@code delay}, running for half that time, and so on, until it is resumed. */
    final void slow(Duration delay) {
        running().slow(delay);
    }

    @Override
    public final void resume() {
        running().resume();
    }

    @Override
    public final boolean isAlive() {
        return process != null && process.isAlive();
    }

    @Override
    public final long pid() {
        return running().pid();
    }

    /** Starts the process and does not wait for it: the nodes of a ring come up together. */
    final void launch() {
        if ("none".equals(System.getProperty("local.servers"))) {
            throw new IllegalStateException(name + " may not start here: the test needs @Tag(\"servers\")");
        }
        if (!isAlive()) {
            process = ChildJvm.start(prepare());
        }
    }

    final void awaitReady() {
        awaitAnswer(this::answers);
    }

    /** Waits for another answer than that to its users' question, no longer than for that. */
    final void awaitAnswer(BooleanSupplier answers) {
        running().awaitReady(READY_LIMIT, answers);
    }

    /** The same, asked far more often. */
    final void awaitAnswerSoon(BooleanSupplier answers) {
        running().awaitReady(READY_LIMIT, Duration.ofMillis(2), answers);
    }

    /** Completed when the process that runs now has ended, with a sentence on how. */
    final CompletableFuture<String> onEnd() {
        return running().onEnd();
    }

    private ChildJvm running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }
}
