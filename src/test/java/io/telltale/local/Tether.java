package io.telltale.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The agent jar with {@link TetherAgent} in it, made at run time from the class as compiled. */
final class Tether {

    private Tether() {}

    /** Writes the jar into {@code directory} and returns its path. Safe beside other JVMs that do the same. */
    static Path jarIn(Path directory) {
        try {
            Files.createDirectories(directory);
            Path written = Files.createTempFile(directory, "tether", ".tmp");
            try (OutputStream file = Files.newOutputStream(written);
                    JarOutputStream jar = new JarOutputStream(file, manifest());
                    InputStream agent = agentClass()) {
                jar.putNextEntry(new JarEntry(TetherAgent.class.getName().replace('.', '/') + ".class"));
                agent.transferTo(jar);
            }
            // Moved into place whole: a child that is starting reads either the old jar or the new one.
            return Files.move(
                    written,
                    directory.resolve("tether.jar"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new LocalStackException("could not write the tether agent into " + directory, e);
        }
    }

    private static Manifest manifest() {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), TetherAgent.class.getName());
        return manifest;
    }

    private static InputStream agentClass() {
        InputStream bytes = TetherAgent.class.getResourceAsStream("TetherAgent.class");
        if (bytes == null) {
            throw new LocalStackException("TetherAgent.class is not where its class loader finds it");
        }
        return bytes;
    }
}
