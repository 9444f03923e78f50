package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {

    private final Vertx vertx = Vertx.vertx();

    private final Path directory;

    ApiKeysTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private final List<String> audited = new ArrayList<>();
    private final AuditLog audit = new AuditLog(Clock.systemUTC(), audited::add);

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void readsTheFileAgainWhenItChanges() throws Exception {
        Path file = write("keys.json", TestCredentials.file(TestCredentials.entry("a", "key-1", "reader")));
        ApiKeys keys = started(file);
        assertThat(keys.ring().find("key-1")).isNotNull();
        write("keys.json", TestCredentials.file(TestCredentials.entry("longer", "another-key-2", "reader")));
        keys.reload();
        assertThat(keys.ring().find("key-1")).isNull();
        assertThat(keys.ring().find("another-key-2")).isNotNull();
    }

    @Test
    void auditsTheNamesThatChanged() throws Exception {
        Path file = write(
                "keys.json",
                TestCredentials.file(
                        TestCredentials.entry("kept", "key-1", "reader"),
                        TestCredentials.entry("changed", "key-2", "reader"),
                        TestCredentials.entry("removed", "key-3", "reader")));
        ApiKeys keys = started(file);
        write(
                "keys.json",
                TestCredentials.file(
                        TestCredentials.entry("kept", "key-1", "reader"),
                        TestCredentials.entry("changed", "key-2", "writer"),
                        TestCredentials.entry("added", "key-4", "reader")));
        keys.reload();
        write("keys.json", "{}");
        keys.reload();
        keys.reload();
        assertThat(audited).hasSize(3);
        assertThat(audited.get(0)).contains("\"keys\":3,\"added\":[\"changed\",\"kept\",\"removed\"]}");
        assertThat(audited.get(1))
                .contains("\"operation\":\"read API keys\",\"outcome\":\"done\"")
                .endsWith("\"added\":[\"added\"],\"changed\":[\"changed\"],\"removed\":[\"removed\"]}");
        assertThat(audited.get(2)).contains("\"outcome\":\"failed\"");
    }

    /** As in a mounted secret of Kubernetes. */
    @Test
    void seesThatALinkLeadsElsewhere() throws Exception {
        Path first = write("1.json", TestCredentials.file(TestCredentials.entry("a", "key-1", "reader")));
        Path second = write("2.json", TestCredentials.file(TestCredentials.entry("a", "key-2", "reader")));
        Files.setLastModifiedTime(second, Files.getLastModifiedTime(first));
        Path link = Files.createSymbolicLink(directory.resolve("keys.json"), first);
        ApiKeys keys = started(link);
        Files.delete(link);
        Files.createSymbolicLink(link, second);
        keys.reload();
        assertThat(keys.ring().find("key-2")).isNotNull();
    }

    @Test
    void keepsTheLastGoodKeysOfABrokenFile() throws Exception {
        Path file = write("keys.json", TestCredentials.file(TestCredentials.entry("a", "key-1", "reader")));
        ApiKeys keys = started(file);
        write("keys.json", "{\"keys\":[{}]}");
        keys.reload();
        assertThat(keys.areOutdated()).isTrue();
        assertThat(keys.ring().find("key-1")).isNotNull();
        Files.delete(file);
        keys.reload();
        assertThat(keys.areOutdated()).isTrue();
        assertThat(keys.ring().find("key-1")).isNotNull();
        write("keys.json", TestCredentials.file());
        keys.reload();
        assertThat(keys.areOutdated()).isFalse();
        assertThat(keys.ring().find("key-1")).isNull();
    }

    @Test
    void doesNotStartWithABrokenFile() throws Exception {
        Path file = write("keys.json", "{\"keys\":[{}]}");
        assertThatIllegalStateException()
                .isThrownBy(() -> started(file))
                .withMessageStartingWith("telltale.security.api-keys=" + file)
                .withMessageContaining("keys[0].name is not valid");
        assertThatIllegalStateException()
                .isThrownBy(() -> started(directory.resolve("none.json")))
                .withMessageEndingWith("the file does not exist");
    }

    @Test
    void needsNoFileWhereNoneIsSet() {
        ApiKeys keys = new ApiKeys(Optional.empty(), vertx, audit);
        keys.start(new StartupEvent());
        assertThat(keys.ring().find("key-1")).isNull();
        keys.stop();
    }

    private ApiKeys started(Path file) {
        ApiKeys keys = new ApiKeys(Optional.of(file), vertx, audit);
        keys.start(new StartupEvent());
        return keys;
    }

    private Path write(String name, String content) throws Exception {
        return Files.writeString(directory.resolve(name), content);
    }
}
