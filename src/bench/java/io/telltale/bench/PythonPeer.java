package io.telltale.bench;

import io.telltale.bench.peers.PeerArguments;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What Debian packages for the same work: {@code src/bench/python/drain.py}. */
final class PythonPeer {

    private static final String IMPORTS = "import confluent_kafka, cassandra.cluster";
    private static final long LIMIT_SECONDS = 20;

    private final String python;

    PythonPeer(String python) {
        this.python = python;
    }

    /** Whether it can run here; says what to install if not. */
    boolean isThere(Narrator narrator) {
        try {
            Process process = new ProcessBuilder(python, "-c", IMPORTS)
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start();
            if (process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return true;
            }
            process.destroyForcibly();
        } catch (IOException e) {
            // Reported below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
        narrator.say(
                "peer python is left out: %s cannot '%s'; apt-get install python3-confluent-kafka python3-cassandra",
                python, IMPORTS);
        return false;
    }

    ProgramContestant contestant(PeerArguments arguments, Path log) {
        return new ProgramContestant(Peer.PYTHON, log, () -> start(arguments, log));
    }

    private ProgramContestant.Program start(PeerArguments arguments, Path log) {
        List<String> line = new ArrayList<>(List.of(
                python, Project.directory().resolve("src/bench/python/drain.py").toString()));
        line.addAll(arguments.asList());
        try {
            Files.createDirectories(Objects.requireNonNull(log.toAbsolutePath().getParent()));
            // Its standard input is a pipe from here: it ends when that does.
            Process process = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(log.toFile()))
                    .start();
            return new ProgramContestant.Program(process::pid, process::isAlive, process::destroy);
        } catch (IOException e) {
            throw new BenchException("could not start " + python, e);
        }
    }
}
