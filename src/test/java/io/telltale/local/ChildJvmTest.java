package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildJvmTest {

    @Test
    void aChildThatEndsBeforeItAnswersIsReportedWithTheEndOfItsLog(@TempDir Path directory) {
        ChildJvm child = ChildJvm.start(new JvmCommand(
                "The server",
                JvmCommand.currentJavaHome(),
                List.of("-Xmx32m"),
                new JvmCommand.MainClass(List.of(directory), "no.such.Server"),
                List.of(),
                Map.of(),
                directory,
                directory.resolve("server.log")));

        assertThatThrownBy(() -> child.awaitReady(Duration.ofSeconds(60), () -> false))
                .isInstanceOf(LocalStackException.class)
                .hasMessageContaining("The server ended with exit code 1 before it answered")
                .hasMessageContaining("server.log")
                .hasMessageContaining("no.such.Server");
    }
}
