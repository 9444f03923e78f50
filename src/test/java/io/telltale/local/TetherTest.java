package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Children never outlive their parent. */
@Tag("slow")
class TetherTest {

    @ParameterizedTest
    @ValueSource(strings = {"running", "paused", "native"})
    void aChildDiesWhenItsParentIsKilled(String childIs, @TempDir Path directory) throws IOException {
        Process parent = new ProcessBuilder(
                        JvmCommand.currentJavaHome().resolve("bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dbasedir=" + Directories.project(),
                        Parent.class.getName(),
                        childIs,
                        directory.toString())
                .redirectError(Redirect.INHERIT)
                .start();
        try (BufferedReader said = parent.inputReader()) {
            ProcessHandle child =
                    ProcessHandle.of(Long.parseLong(said.readLine())).orElseThrow();
            assertThat(child.isAlive()).isTrue();
            try {
                parent.toHandle().destroyForcibly();

                await().atMost(Duration.ofSeconds(20)).until(() -> !child.isAlive());
            } finally {
                child.destroyForcibly();
            }
        }
    }

    @Test
    void aChildThatIsStoppedMayFinishWhatItDoes(@TempDir Path directory) {
        ChildJvm child = ChildJvm.start(waiting(directory));
        child.awaitReady(Duration.ofSeconds(20), () -> logOf(directory).contains("waiting"));

        boolean sigtermWasEnough = child.stop(Duration.ofSeconds(20));

        assertThat(sigtermWasEnough).isTrue();
        // 128 + SIGTERM: its own shutdown, not the tether's halt.
        assertThat(child.onEnd().join()).contains("exit code 143").contains("finished");
    }

    /** A parent that tells its child's process id, and waits to be killed. */
    static final class Parent {

        public static void main(String[] arguments) throws InterruptedException {
            Path directory = Path.of(arguments[1]);
            ChildJvm child = ChildJvm.start(arguments[0].equals("native") ? sleeping(directory) : waiting(directory));
            if (arguments[0].equals("paused")) {
                child.pause();
            }
            System.out.println(child.pid());
            new CountDownLatch(1).await();
        }
    }

    /** A child that would live for ever, knows nothing of its tether, and takes a while to end. */
    static final class Child {

        public static void main(String[] arguments) throws InterruptedException {
            Runtime.getRuntime().addShutdownHook(new Thread(Child::finish));
            System.out.println("waiting");
            new CountDownLatch(1).await();
        }

        private static void finish() {
            try {
                if (!new CountDownLatch(1).await(1, TimeUnit.SECONDS)) {
                    System.out.println("finished");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String logOf(Path directory) {
        try {
            return Files.readString(directory.resolve("child.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JvmCommand waiting(Path directory) {
        return command(directory, new JvmCommand.MainClass(List.of(testClasses()), Child.class.getName()), "-Xmx32m");
    }

    /** In target or, with -Dquick, in target/quick. */
    private static Path testClasses() {
        return Path.of(URI.create(TetherTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString()));
    }

    /** What takes no agents. */
    private static JvmCommand sleeping(Path directory) {
        return command(directory, new JvmCommand.NativeExecutable(Path.of("/bin/sleep")), "600");
    }

    private static JvmCommand command(Path directory, JvmCommand.Program program, String option) {
        return new JvmCommand(
                "The child",
                JvmCommand.currentJavaHome(),
                List.of(option),
                program,
                List.of(),
                Map.of(),
                directory,
                directory.resolve("child.log"));
    }
}
