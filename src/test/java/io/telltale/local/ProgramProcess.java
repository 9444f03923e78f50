package io.telltale.local;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A program that is no server of the stack, as a child JVM that ends with this one. */
public final class ProgramProcess implements AutoCloseable {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final ChildJvm process;

    private ProgramProcess(ChildJvm process) {
        this.process = process;
    }

    /**
     * Runs the main method of a class of ours, on the class path of this JVM; what it says is appended to {@code log}.
     */
    public static ProgramProcess ofClass(
            String name, String className, List<String> jvmOptions, List<String> arguments, Path log) {
        return start(name, new JvmCommand.MainClass(ownClassPath(), className), jvmOptions, arguments, log);
    }

    /** Runs an executable jar; what it says is appended to {@code log}. */
    public static ProgramProcess ofJar(String name, Path jar, List<String> jvmOptions, Path log) {
        return start(name, new JvmCommand.ExecutableJar(jar), jvmOptions, List.of(), log);
    }

    private static ProgramProcess start(
            String name, JvmCommand.Program program, List<String> jvmOptions, List<String> arguments, Path log) {
        Path directory =
                Directories.create(Objects.requireNonNull(log.toAbsolutePath().getParent()));
        return new ProgramProcess(ChildJvm.start(new JvmCommand(
                name, JvmCommand.currentJavaHome(), jvmOptions, program, arguments, Map.of(), directory, log)));
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Waits for the program to end by itself.
     *
     * @throws LocalStackException if it does not within {@code limit}, or if its exit code is not 0
     */
    public void awaitEnd(Duration limit) {
        process.awaitEnd(limit);
    }

    /** SIGTERM, and SIGKILL after 10 s. */
    @Override
    public void close() {
        process.stop(STOP_LIMIT);
    }

    /** Maven runs programs in its own JVM with a loader of theirs, of which the property knows nothing. */
    private static List<Path> ownClassPath() {
        Stream<Path> entries = ProgramProcess.class.getClassLoader() instanceof URLClassLoader loader
                ? Arrays.stream(loader.getURLs()).map(ProgramProcess::path)
                : Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                        .map(Path::of);
        // A child may run in another directory.
        return entries.filter(Files::exists).map(Path::toAbsolutePath).toList();
    }

    private static Path path(URL url) {
        try {
            return Path.of(new URI(url.toString()));
        } catch (URISyntaxException e) {
            throw new LocalStackException(url + " of the class path is no file", e);
        }
    }
}
