package io.telltale.bench;

import io.telltale.local.LocalStack;
import io.telltale.local.ProgramProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The service that people write first: a Quarkus application of its own, built by Maven when it is first needed. */
final class ObviousService {

    private static final long BUILD_LIMIT_MINUTES = 5;

    /** What its pom takes from ours. */
    private static final List<String> VERSIONS = List.of(
            "quarkus.platform.version",
            "java-driver.version",
            "cassandra-quarkus.version",
            "compiler-plugin.version",
            "resources-plugin.version",
            "jar-plugin.version",
            "surefire-plugin.version");

    private final LocalStack stack;
    private final Narrator narrator;
    private @Nullable Path jar;

    ObviousService(LocalStack stack, Narrator narrator) {
        this.stack = stack;
        this.narrator = narrator;
    }

    ProgramContestant contestant(Rig rig, Path log) {
        Path built = built();
        List<String> options = new ArrayList<>(Contestants.JVM_OPTIONS);
        options.add("-Dkafka.bootstrap.servers=" + stack.kafka().bootstrapServers());
        options.add("-Dquarkus.cassandra.contact-points=" + stack.cassandra().contactPoint());
        options.add("-Dmp.messaging.incoming.readings.topic=" + rig.topic());
        options.add("-Dmp.messaging.incoming.readings.group.id=" + rig.group());
        options.add("-Dobvious.keyspace=" + rig.keyspace());
        return new ProgramContestant(
                Peer.OBVIOUS,
                log,
                () -> ProgramContestant.Program.of(ProgramProcess.ofJar(Peer.OBVIOUS.label(), built, options, log)));
    }

    private Path built() {
        Path known = jar;
        if (known == null) {
            known = build();
            jar = known;
        }
        return known;
    }

    private Path build() {
        narrator.say("building the obvious service");
        Path sources = Project.directory().resolve("src/test/peers/obvious");
        Path directory = Project.directory().resolve("target/bench/obvious");
        copy(sources, directory);
        Path log = directory.resolve("build.log");
        List<String> line = new ArrayList<>(List.of(maven(), "-B", "-q", "package"));
        VERSIONS.forEach(version -> line.add("-D%s=%s".formatted(version, System.getProperty("bench." + version))));
        try {
            Process process = new ProcessBuilder(line)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .redirectInput(Redirect.PIPE)
                    .start();
            if (!process.waitFor(BUILD_LIMIT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new BenchException("the obvious service could not be built; see " + log);
            }
        } catch (IOException e) {
            throw new BenchException("Maven could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
        return directory.resolve("target/quarkus-app/quarkus-run.jar");
    }

    private static String maven() {
        String home = System.getProperty("maven.home");
        return home == null ? "mvn" : Path.of(home, "bin", "mvn").toString();
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new BenchException("could not copy " + from, e);
        }
    }
}
