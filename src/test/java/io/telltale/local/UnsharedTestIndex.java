package io.telltale.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.platform.launcher.LauncherDiscoveryListener;
import org.junit.platform.launcher.LauncherDiscoveryRequest;

/**
 * Keeps JVMs that run tests side by side from meeting at one file. Quarkus writes an index of the test classes beside
 * them each time that it starts an application for a test, and reads it a moment later; if another JVM writes it just
 * then, no test of the class runs ("Not a jandex index"). Where the file cannot be written it makes do with an index in
 * memory, and a link to nowhere sees to that. Quarkus takes the link away with each application, so it is made again
 * before each class.
 */
public final class UnsharedTestIndex implements LauncherDiscoveryListener {

    private static final String INDEX = "test-classes.idx";
    private static final Path NOWHERE = Path.of("no-such-directory", INDEX);

    @Override
    public void launcherDiscoveryStarted(LauncherDiscoveryRequest request) {
        try {
            Path index = Path.of(UnsharedTestIndex.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolve(INDEX);
            if (!Files.isSymbolicLink(index)) {
                // Renamed into place: it is whole at every moment, whoever is quicker.
                Path link = index.resolveSibling(
                        INDEX + "." + ProcessHandle.current().pid());
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, NOWHERE);
                Files.move(link, index, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
