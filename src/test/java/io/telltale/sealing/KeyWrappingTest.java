package io.telltale.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.SensorId;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyWrappingTest {

    private static final SensorId SENSOR = new SensorId("a");
    private static final Optional<String> SEALED = Optional.of("type:health");

    private final Vertx vertx = Vertx.vertx();
    private final byte[] dataKey = DataKey.randomBytes();
    private final Path file;

    KeyWrappingTest(@TempDir Path directory) {
        this.file = directory.resolve("keyset.json");
    }

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private KeyWrapping started(String keyset) throws Exception {
        Files.writeString(file, keyset);
        return started();
    }

    private KeyWrapping started() {
        KeyWrapping wrapping = new KeyWrapping(Optional.of(file.toString()), SEALED, vertx);
        wrapping.start();
        return wrapping;
    }

    @Test
    void unwrapsWhatItWrappedForASensor() throws Exception {
        KeyWrapping wrapping = started(TestKeyset.create());
        byte[] wrapped = wrapping.wrap(SENSOR, dataKey);
        assertThat(wrapping.unwrap(SENSOR, wrapped)).isEqualTo(dataKey);
        assertThat(wrapping.unwrap(new SensorId("b"), wrapped)).isNull();
        wrapped[wrapped.length - 1] ^= 1;
        assertThat(wrapping.unwrap(SENSOR, wrapped)).isNull();
        assertThat(wrapping.wrap(SENSOR, dataKey)).isNotEqualTo(wrapping.wrap(SENSOR, dataKey));
    }

    /** Old keys still unwrap; new data keys need the new one. */
    @Test
    void aRotationNeedsNoRewriting() throws Exception {
        String before = TestKeyset.create();
        KeyWrapping wrapping = started(before);
        byte[] old = wrapping.wrap(SENSOR, dataKey);
        Files.writeString(file, TestKeyset.rotated(before));
        wrapping.reload();
        byte[] recent = wrapping.wrap(SENSOR, dataKey);
        assertThat(wrapping.unwrap(SENSOR, old)).isEqualTo(dataKey);
        assertThat(wrapping.unwrap(SENSOR, recent)).isEqualTo(dataKey);
        assertThat(started(before).unwrap(SENSOR, recent)).isNull();
    }

    @Test
    void bindsAKeyToTheFile() throws Exception {
        byte[] key = {1, 2, 3};
        String keyset = TestKeyset.create();
        byte[] bound = started(keyset).bound(key);
        assertThat(bound).isNotEqualTo(key).isEqualTo(started().bound(key));
        assertThat(started(TestKeyset.create()).bound(key)).isNotEqualTo(bound);
        assertThat(new KeyWrapping(Optional.empty(), Optional.empty(), vertx).bound(key))
                .isEqualTo(key);
    }

    @Test
    void bindsAKeyToTheSecretOfAKms() throws Exception {
        TestKms kms = TestKms.create();
        byte[] key = {1, 2, 3};
        KeyWrapping wrapping = new KeyWrapping(Optional.of(kms.uri()), SEALED, vertx);
        wrapping.start();
        assertThat(wrapping.kmsUri()).isEqualTo(kms.uri());
        assertThat(wrapping.bound(key)).as("before the secret is known").isNull();
        byte[] wrapped = wrapping.wrapSecret(dataKey);
        assertThat(wrapping.unwrap(SENSOR, wrapped)).as("as a data key").isNull();
        assertThat(wrapping.unwrapSecret(wrapped)).isEqualTo(dataKey);
        wrapping.bindTo(dataKey);
        assertThat(wrapping.bound(key)).isNotNull().isNotEqualTo(key);
    }

    @Test
    void aLostKeyUnwrapsNothing() throws Exception {
        String before = TestKeyset.create();
        KeyWrapping wrapping = started(before);
        byte[] wrapped = wrapping.wrap(SENSOR, dataKey);
        Files.writeString(file, TestKeyset.rotated(TestKeyset.create()));
        wrapping.reload();
        assertThat(wrapping.unwrap(SENSOR, wrapped)).isNull();
        Files.writeString(file, before);
        wrapping.reload();
        assertThat(wrapping.unwrap(SENSOR, wrapped)).isEqualTo(dataKey);
    }

    @Test
    void keepsTheLastGoodKeysetOfABrokenFile() throws Exception {
        KeyWrapping wrapping = started(TestKeyset.create());
        byte[] wrapped = wrapping.wrap(SENSOR, dataKey);
        Files.writeString(file, "{}");
        wrapping.reload();
        Files.delete(file);
        wrapping.reload();
        assertThat(wrapping.unwrap(SENSOR, wrapped)).isEqualTo(dataKey);
    }

    @Test
    void doesNotStartWithoutAUsableKeyset() throws Exception {
        assertThatIllegalStateException()
                .isThrownBy(() -> new KeyWrapping(Optional.empty(), SEALED, vertx).start())
                .withMessageStartingWith("telltale.security.sealed is set and telltale.security.keyset is not");
        assertThatIllegalStateException().isThrownBy(this::started).withMessageContaining("the file does not exist");
        for (String broken : new String[] {"", "{}", "not JSON secret-secret", "{\"key\":[],\"primaryKeyId\":1}"}) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> started(broken))
                    .withMessageStartingWith("telltale.security.keyset=" + file)
                    .withMessageContaining("is not a cleartext Tink keyset in JSON")
                    .withMessageNotContaining("secret-secret");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> new KeyWrapping(Optional.of("unknown-kms://key"), SEALED, vertx).start())
                .withMessageContaining("no client on the class path");
    }

    /** Opening needs the keyset also when nothing is sealed any more. */
    @Test
    void worksWithoutSealedSensors() throws Exception {
        KeyWrapping none = new KeyWrapping(Optional.empty(), Optional.empty(), vertx);
        none.start();
        assertThat(none.isConfigured()).isFalse();
        assertThat(none.unwrap(SENSOR, new byte[] {1})).isNull();
        assertThatThrownBy(() -> none.wrap(SENSOR, dataKey)).isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void usesTheClientOfAKms() throws Exception {
        TestKms kms = TestKms.create();
        KeyWrapping wrapping = new KeyWrapping(Optional.of(kms.uri()), SEALED, vertx);
        wrapping.start();
        byte[] wrapped = wrapping.wrap(SENSOR, dataKey);
        assertThat(wrapping.unwrap(SENSOR, wrapped)).isEqualTo(dataKey);
        assertThat(wrapping.unwrap(new SensorId("b"), wrapped)).isNull();
        kms.setMayUnwrap(false);
        assertUnavailable(() -> wrapping.unwrap(SENSOR, wrapped));
        kms.setMayUnwrap(true);
        kms.setConnected(false);
        assertUnavailable(() -> wrapping.unwrap(SENSOR, wrapped));
        assertUnavailable(() -> wrapping.wrap(SENSOR, dataKey));
    }

    private static void assertUnavailable(ThrowingCallable action) {
        assertThatThrownBy(action).isInstanceOf(GeneralSecurityException.class);
    }
}
