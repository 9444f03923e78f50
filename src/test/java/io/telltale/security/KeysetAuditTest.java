package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.StartupEvent;
import io.telltale.sealing.KeyWrapping;
import io.telltale.sealing.TestKeyset;
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

class KeysetAuditTest {

    private final Vertx vertx = Vertx.vertx();
    private final ObjectMapper json = new ObjectMapper();
    private final List<String> audited = new ArrayList<>();

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void auditsTheKeysThatChanged(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("keyset.json");
        String first = TestKeyset.create();
        Files.writeString(file, first);
        KeyWrapping keyset = new KeyWrapping(Optional.of(file.toString()), Optional.empty(), vertx);
        new KeysetAudit(new AuditLog(Clock.systemUTC(), audited::add)).register(new StartupEvent(), keyset);
        keyset.start();
        String rotated = TestKeyset.rotated(first);
        Files.writeString(file, rotated);
        keyset.reload();
        Files.writeString(file, "{}");
        keyset.reload();
        keyset.reload();
        Files.writeString(file, first);
        keyset.reload();

        assertThat(audited).hasSize(4);
        String old = primary(first);
        String recent = primary(rotated);
        assertThat(audited.get(0))
                .contains("\"operation\":\"read keyset\",\"outcome\":\"done\",\"target\":\"" + file + "\"")
                .endsWith("\"keys\":1,\"added\":[\"%1$s\"],\"primary\":\"%1$s\"}".formatted(old));
        assertThat(audited.get(1)).endsWith("\"keys\":2,\"added\":[\"%1$s\"],\"primary\":\"%1$s\"}".formatted(recent));
        assertThat(audited.get(2))
                .endsWith("\"operation\":\"read keyset\",\"outcome\":\"failed\",\"target\":\"%s\"}".formatted(file));
        assertThat(audited.get(3))
                .endsWith("\"keys\":1,\"removed\":[\"%s\"],\"primary\":\"%s\"}".formatted(recent, old));
        for (JsonNode key : json.readTree(rotated).get("key")) {
            assertThat(audited)
                    .noneMatch(line -> line.contains(key.at("/keyData/value").asText()));
        }
    }

    private String primary(String keyset) throws Exception {
        return json.readTree(keyset).get("primaryKeyId").asText();
    }
}
