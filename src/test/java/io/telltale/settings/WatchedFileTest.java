package io.telltale.settings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedFileTest {

    private final Path directory;
    private final Vertx vertx = Vertx.vertx();
    private final List<String> versions = new CopyOnWriteArrayList<>();
    private int failures;

    WatchedFileTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void isReadAgainByItself() throws Exception {
        Path path = Files.writeString(directory.resolve("file"), "one");
        WatchedFile file = watched(path);
        file.start();
        Files.writeString(path, "other");
        await().untilAsserted(() -> assertThat(versions).containsExactly("one", "other"));
        file.stop();
    }

    /** As with a link whose target is replaced, and then named again. */
    @Test
    void aVersionThatReturnsEndsTheFailureOfOneThatIsTooLarge() throws Exception {
        Path good = Files.writeString(directory.resolve("good"), "good");
        Path large = Files.writeString(directory.resolve("large"), "x".repeat(11));
        Path link = Files.createSymbolicLink(directory.resolve("file"), good);
        WatchedFile file = watched(link);
        file.start();
        Files.delete(link);
        Files.createSymbolicLink(link, large);
        file.reload();
        file.reload();
        assertThat(file.isOutdated()).isTrue();
        assertThat(failures).isEqualTo(1);
        Files.delete(link);
        Files.createSymbolicLink(link, good);
        file.reload();
        assertThat(file.isOutdated()).isFalse();
        file.stop();
    }

    @Test
    void aFileThatCannotBeUsedStopsTheStart() throws Exception {
        assertThatIllegalStateException()
                .isThrownBy(() -> watched(directory.resolve("none")).start())
                .withMessage("telltale.some.file=%s: the file does not exist", directory.resolve("none"));
        Path bad = Files.writeString(directory.resolve("bad"), "bad");
        assertThatIllegalStateException()
                .isThrownBy(() -> watched(bad).start())
                .withMessage("telltale.some.file=%s: it is bad", bad);
    }

    private WatchedFile watched(Path path) {
        WatchedFile.Content content = new WatchedFile.Content() {
            @Override
            public void read(byte[] bytes) {
                String text = new String(bytes, UTF_8);
                if (text.equals("bad")) {
                    throw new IllegalArgumentException("it is bad");
                }
                versions.add(text);
            }

            @Override
            public void failed() {
                failures++;
            }
        };
        return new WatchedFile("telltale.some.file", path, 10, content, vertx);
    }
}
