package io.telltale.local;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A running child JVM. It never outlives this one: its standard input is the pipe that {@link TetherAgent} reads. It
 * does not see Ctrl-C either (a terminal sends that to the whole process group); this JVM ends it in its own order.
 */
final class ChildJvm {

    private static final int LOG_LINES_IN_A_MESSAGE = 30;
    private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(150);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(20);

    private final JvmCommand command;
    private final Process process;
    private @Nullable Process pause;

    private ChildJvm(JvmCommand command, Process process) {
        this.command = command;
        this.process = process;
    }

    static ChildJvm start(JvmCommand command) {
        try {
            Files.createDirectories(command.directory());
            ProcessBuilder builder = new ProcessBuilder(command.commandLine(Tether.jarIn(Directories.local())))
                    .directory(command.directory().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(command.log().toFile()));
            builder.environment().putAll(command.environment());
            return new ChildJvm(command, builder.start());
        } catch (IOException e) {
            throw new LocalStackException("could not start " + command.name(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Waits until {@code answers} is true.
     *
     * @throws LocalStackException if the child ends before that, or {@code limit} passes; with the end of its log
     */
    void awaitReady(Duration limit, BooleanSupplier answers) {
        awaitReady(limit, BETWEEN_QUESTIONS, answers);
    }

    /** The same, with another pause between questions. */
    void awaitReady(Duration limit, Duration pause, BooleanSupplier answers) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!answers.getAsBoolean()) {
            if (hasEndedWithin(pause)) {
                throw new LocalStackException("%s ended with exit code %d before it answered.%n%s"
                        .formatted(command.name(), process.exitValue(), endOfLog()));
            }
            if (System.nanoTime() > deadline) {
                throw new LocalStackException(
                        "%s did not answer within %d s.%n%s".formatted(command.name(), limit.toSeconds(), endOfLog()));
            }
        }
    }

    /**
     * Waits for the child to end by itself.
     *
     * @throws LocalStackException if it does not within {@code limit}, or if its exit code is not 0
     */
    void awaitEnd(Duration limit) {
        if (!hasEndedWithin(limit)) {
            kill();
            throw new LocalStackException(
                    "%s did not end within %d s.%n%s".formatted(command.name(), limit.toSeconds(), endOfLog()));
        }
        if (process.exitValue() != 0) {
            throw new LocalStackException(
                    "%s ended with exit code %d.%n%s".formatted(command.name(), process.exitValue(), endOfLog()));
        }
    }

    /** SIGTERM, and SIGKILL if that has not ended it within {@code limit}. Whether SIGTERM was enough. */
    boolean stop(Duration limit) {
        resume();
        // By its handle: Process.destroy() would close the pipe as well, and the tether cut the shutdown short.
        process.toHandle().destroy();
        if (hasEndedWithin(limit)) {
            return true;
        }
        kill();
        return false;
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() {
        process.toHandle().destroyForcibly();
        resume();
        if (!hasEndedWithin(KILL_LIMIT)) {
            throw new LocalStackException("%s (process %d) survives SIGKILL".formatted(command.name(), pid()));
        }
    }

    /**
     * SIGSTOP: the process is there, its connections are, and nothing answers. A stopped process cannot notice the end
     * of its parent, so a small shell keeps watch meanwhile and lets it go on when this JVM is gone.
     */
    void pause() {
        guard("kill -STOP %1$d; echo stopped; cat >/dev/null; kill -CONT %1$d".formatted(pid()));
    }

    /** SIGSTOP for {@code stopped}, SIGCONT for half that time, and so on, until {@link #resume}. */
    void slow(Duration stopped) {
        guard(String.format(
                Locale.ROOT,
                "(while kill -STOP %1$d; do sleep %2$.3f; kill -CONT %1$d; sleep %3$.3f; done) </dev/null >/dev/null &"
                        + " echo slow; cat >/dev/null; kill -KILL $!; wait; kill -CONT %1$d",
                pid(),
                stopped.toMillis() / 1_000.0,
                stopped.toMillis() / 2_000.0));
    }

    private synchronized void guard(String script) {
        resume();
        try {
            Process guard = new ProcessBuilder("/bin/sh", "-c", "trap '' INT TERM HUP; " + script)
                    .redirectError(Redirect.DISCARD)
                    .start();
            pause = guard;
            if (guard.getInputStream().read() < 0) {
                throw new LocalStackException("could not pause " + command.name());
            }
        } catch (IOException e) {
            throw new LocalStackException("could not pause " + command.name(), e);
        }
    }

    /** SIGCONT, if it was paused. */
    synchronized void resume() {
        Process guard = pause;
        if (guard == null) {
            return;
        }
        pause = null;
        try (OutputStream pipe = guard.getOutputStream()) {
            pipe.flush();
        } catch (IOException e) {
            throw new LocalStackException("could not resume " + command.name(), e);
        }
        guard.onExit().join();
    }

    /** Completed when it has ended, with a sentence on how. */
    CompletableFuture<String> onEnd() {
        return process.onExit().thenApply(ended -> "%s ended with exit code %d.%n%s"
                .formatted(command.name(), ended.exitValue(), endOfLog()));
    }

    private String endOfLog() {
        Path log = command.log();
        try {
            List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            int from = Math.max(0, lines.size() - LOG_LINES_IN_A_MESSAGE);
            return "The end of its log, %s:%n  %s"
                    .formatted(log, String.join(System.lineSeparator() + "  ", lines.subList(from, lines.size())));
        } catch (IOException e) {
            return "Its log %s cannot be read: %s".formatted(log, e);
        }
    }

    private boolean hasEndedWithin(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while waiting for " + command.name(), e);
        }
    }
}
