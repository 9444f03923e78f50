package io.telltale.bench;

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

/**
 * A peer that is a Quarkus application of its own, under {@code src/bench/peers}, built by Maven when it is first
 * needed.
 */
final class PeerApplication {

    private static final long BUILD_LIMIT_MINUTES = 5;

    /** What their poms take from ours. */
    private static final List<String> VERSIONS = List.of(
            "quarkus.platform.version",
            "java-driver.version",
            "cassandra-quarkus.version",
            "compiler-plugin.version",
            "resources-plugin.version",
            "jar-plugin.version",
            "surefire-plugin.version");

    private final String name;
    private final Narrator narrator;
    private @Nullable Path jar;

    /** @param name of its directory */
    PeerApplication(String name, Narrator narrator) {
        this.name = name;
        this.narrator = narrator;
    }

    /** Its executable jar. */
    Path jar() {
        Path known = jar;
        if (known == null) {
            known = build();
            jar = known;
        }
        return known;
    }

    private Path build() {
        narrator.say("building the peer %s", name);
        Path sources = Project.directory().resolve("src/bench/peers").resolve(name);
        Path directory = Project.directory().resolve("target/bench").resolve(name);
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
                throw new BenchException("the peer %s could not be built; see %s".formatted(name, log));
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
