package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sealing.KeyWrapping;
import io.telltale.sealing.TestKms;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a key in a KMS adds to the keys that replicas share in Cassandra. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class KmsSecretTest {

    private static final byte[] KEY = "a key in Cassandra".getBytes(StandardCharsets.US_ASCII);

    @Inject
    Database database;

    @Inject
    Vertx vertx;

    private final TestKms kms = TestKms.create();
    private String name = "";

    @BeforeEach
    void whenReady() {
        await(database.whenReady());
        name = kms.uri() + "/" + SharedStack.get().nextNumber();
    }

    private KeyWrapping wrapping() {
        KeyWrapping wrapping = new KeyWrapping(Optional.of(kms.uri()), Optional.empty(), vertx);
        wrapping.start();
        return wrapping;
    }

    private Uni<byte[]> secret(KeyWrapping wrapping) {
        return new KmsSecret(database, new SecretTable(database), wrapping).read(name);
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }

    @Test
    void allReplicasBindAKeyAlike() {
        KeyWrapping here = wrapping();
        KeyWrapping there = wrapping();
        assertThat(here.bound(KEY)).as("before the secret is known").isNull();
        Uni.join()
                .all(secret(here).invoke(here::bindTo), secret(there).invoke(there::bindTo))
                .andFailFast()
                .await()
                .atMost(Duration.ofSeconds(30));
        assertThat(here.bound(KEY)).isEqualTo(there.bound(KEY)).isNotEqualTo(KEY);
        KeyWrapping withoutUnwrapping = wrapping();
        withoutUnwrapping.bindTo(
                await(new SecretTable(database).find("keyset " + name)).orElseThrow());
        assertThat(withoutUnwrapping.bound(KEY)).as("by the row in Cassandra").isNotEqualTo(here.bound(KEY));
    }

    @Test
    void isUnavailableWithTheKms() {
        kms.setConnected(false);
        assertThatThrownBy(() -> await(secret(wrapping()))).hasMessageContaining("KMS");
        kms.setConnected(true);
        assertThat(await(secret(wrapping()))).isEqualTo(await(secret(wrapping())));
        kms.setConnected(false);
        assertThatThrownBy(() -> await(secret(wrapping()))).hasMessageContaining("KMS");
    }
}
