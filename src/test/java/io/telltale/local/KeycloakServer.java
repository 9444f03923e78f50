package io.telltale.local;

import io.quarkus.bootstrap.resolver.maven.BootstrapMavenException;
import io.quarkus.bootstrap.resolver.maven.MavenArtifactResolver;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.eclipse.aether.artifact.DefaultArtifact;

/** Keycloak in development mode, with an imported realm and without data of an earlier start. */
public final class KeycloakServer extends ServerProcess implements AutoCloseable {

    private static final String VERSION = "26.5.6";
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final int ANSWER_MILLIS = 2_000;

    private final Path home;
    private final Path realm;
    private final String realmName;
    private final int port = FreePorts.next();

    private KeycloakServer(Path home, Path realm, String realmName) {
        super("Keycloak", STOP_LIMIT);
        this.home = home;
        this.realm = realm;
        this.realmName = realmName;
    }

    /**
     * Unpacks the distribution, which Maven downloads the first time (165 MB); nothing if Maven does not find it.
     *
     * @param realm the file to import
     */
    public static Optional<KeycloakServer> of(Path realm, String realmName) throws IOException {
        Path zip;
        try {
            zip = MavenArtifactResolver.builder()
                    .setWorkspaceDiscovery(false)
                    .build()
                    .resolve(new DefaultArtifact("org.keycloak", "keycloak-quarkus-dist", "zip", VERSION))
                    .getArtifact()
                    .getFile()
                    .toPath();
        } catch (BootstrapMavenException e) {
            return Optional.empty();
        }
        Path parent = Directories.create(Directories.local());
        Path home = parent.resolve("keycloak-" + VERSION);
        if (!Files.exists(home)) {
            unpack(zip, parent);
        }
        return Optional.of(new KeycloakServer(home, realm.toAbsolutePath(), realmName));
    }

    private static void unpack(Path zip, Path parent) throws IOException {
        // Moved when it is complete.
        Path next = Files.createTempDirectory(parent, "keycloak");
        try (ZipInputStream entries = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path file = next.resolve(entry.getName()).normalize();
                if (!file.startsWith(next)) {
                    throw new IOException("%s leaves the archive %s".formatted(entry.getName(), zip));
                }
                if (!entry.isDirectory()) {
                    Files.createDirectories(file.getParent());
                    Files.copy(entries, file);
                }
            }
        }
        Files.move(next.resolve("keycloak-" + VERSION), parent.resolve("keycloak-" + VERSION));
        Files.delete(next);
    }

    /** The address, without a slash at the end. */
    public String url() {
        return "http://%s:%d".formatted(FreePorts.LOOPBACK, port);
    }

    @Override
    public void close() {
        stop();
    }

    @Override
    JvmCommand prepare() {
        Path data = home.resolve("data");
        Directories.delete(data);
        Path script = home.resolve("bin/kc.sh");
        try {
            Files.copy(realm, Directories.create(data.resolve("import")).resolve(realmName + "-realm.json"));
        } catch (IOException e) {
            throw new LocalStackException("could not copy " + realm, e);
        }
        if (!script.toFile().setExecutable(true)) {
            throw new LocalStackException(script + " cannot be made executable");
        }
        // The script builds Keycloak for development mode in a first JVM, and then replaces itself by a second one.
        return new JvmCommand(
                "Keycloak",
                JvmCommand.currentJavaHome(),
                List.of(),
                new JvmCommand.NativeExecutable(script.toAbsolutePath()),
                List.of("start-dev", "--import-realm", "--http-host=" + FreePorts.LOOPBACK, "--http-port=" + port),
                Map.of(
                        "JAVA_HOME",
                        JvmCommand.currentJavaHome().toString(),
                        "JAVA_OPTS",
                        "-Xms64m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"),
                home,
                log());
    }

    /** What it writes. */
    public Path log() {
        return Directories.local().resolve("keycloak.log");
    }

    @Override
    boolean answers() {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create(url() + "/realms/" + realmName).toURL().openConnection();
            connection.setConnectTimeout(ANSWER_MILLIS);
            connection.setReadTimeout(ANSWER_MILLIS);
            try (InputStream body = connection.getInputStream()) {
                return body.readAllBytes().length > 0;
            }
        } catch (IOException notYet) {
            return false;
        }
    }
}
