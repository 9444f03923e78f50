package io.telltale.local;

import io.quarkus.bootstrap.resolver.maven.BootstrapMavenException;
import io.quarkus.bootstrap.resolver.maven.MavenArtifactResolver;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.resolution.DependencyResolutionException;
import org.eclipse.aether.util.artifact.JavaScopes;

/**
 * The class path of a server, from Maven artifacts. Resolved at run time, so that no dependency of the pom can carry a
 * broker or a database into the artifact, and remembered under {@code target/local}, since resolving takes seconds.
 *
 * @param name of the server, for messages
 * @param coordinates the server's own artifact, then what else goes with it, {@code group:artifact:version} each
 */
record ServerClassPath(String name, List<String> coordinates) {

    static ServerClassPath kafka() {
        String version = System.getProperty("local.kafka.version", "4.3.1");
        return new ServerClassPath(
                "Kafka " + version, List.of("org.apache.kafka:kafka_2.13:" + version, "org.slf4j:slf4j-simple:1.7.36"));
    }

    static ServerClassPath cassandra() {
        String version = System.getProperty("local.cassandra.version", "5.0.9");
        return new ServerClassPath("Cassandra " + version, List.of("org.apache.cassandra:cassandra-all:" + version));
    }

    ServerClassPath {
        coordinates = List.copyOf(coordinates);
    }

    List<Path> resolve(Progress progress) {
        Path memory = Directories.create(Directories.local()).resolve(fileName());
        return remembered(memory).orElseGet(() -> resolveInTurn(memory, progress));
    }

    /** One at a time, on the whole machine: two resolvers would download the same files side by side. */
    private List<Path> resolveInTurn(Path memory, Progress progress) {
        synchronized (ServerClassPath.class) {
            Path turn = Directories.local().resolve("resolving");
            try (FileChannel file = FileChannel.open(turn, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                FileLock unused = file.lock(); // until the file is closed
                return remembered(memory).orElseGet(() -> {
                    progress.say(
                            "Resolving %s from Maven artifacts; the first time that is a download".formatted(name));
                    List<Path> jars = resolveByMaven(progress);
                    remember(memory, jars);
                    return jars;
                });
            } catch (IOException e) {
                throw new LocalStackException("could not lock " + turn, e);
            }
        }
    }

    private List<Path> resolveByMaven(Progress progress) {
        try {
            MavenArtifactResolver maven =
                    MavenArtifactResolver.builder().setWorkspaceDiscovery(false).build();
            DefaultRepositorySystemSession session = new DefaultRepositorySystemSession(maven.getSession());
            session.setTransferListener(new DownloadReport(name, progress));
            CollectRequest wanted = new CollectRequest();
            wanted.setRepositories(maven.getRepositories());
            coordinates.forEach(
                    each -> wanted.addDependency(new Dependency(new DefaultArtifact(each), JavaScopes.RUNTIME)));
            return maven
                    .getSystem()
                    .resolveDependencies(session, new DependencyRequest(wanted, null))
                    .getArtifactResults()
                    .stream()
                    .map(result -> result.getArtifact().getFile().toPath())
                    .filter(file -> file.toString().endsWith(".jar"))
                    .toList();
        } catch (BootstrapMavenException | DependencyResolutionException e) {
            throw new LocalStackException(
                    "%s could not be had from Maven (%s): %s".formatted(name, coordinates, e.getMessage()), e);
        }
    }

    private static Optional<List<Path>> remembered(Path memory) {
        if (!Files.exists(memory)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(memory)) {
            List<Path> jars = lines.map(Path::of).toList();
            return jars.stream().allMatch(Files::exists) ? Optional.of(jars) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void remember(Path memory, List<Path> jars) {
        try {
            // Moved into place whole: others may read it meanwhile.
            Path whole = Files.createTempFile(
                    memory.getParent(), memory.getFileName().toString(), ".new");
            Files.writeString(whole, jars.stream().map(Path::toString).collect(Collectors.joining("\n")));
            Files.move(whole, memory, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new LocalStackException("could not write " + memory, e);
        }
    }

    private String fileName() {
        return coordinates.get(0).replaceAll("[^A-Za-z0-9.]", "-") + ".classpath";
    }
}
