package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Uni;
import io.telltale.sealing.DataKey;
import io.telltale.sealing.KeyWrapping;
import io.telltale.sealing.TestKms;
import io.telltale.sensors.SensorId;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Vetoed;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The data keys of a sensor whose keyset is a key in a KMS. */
@Timeout(20)
class SensorKeysTest {

    private static final SensorId SENSOR = new SensorId("a");

    private final Vertx vertx = Vertx.vertx();
    private final TestKms kms = TestKms.create();
    private final FakeTable table = new FakeTable();
    private final SensorKeys keys = replica();

    /** The table in memory. */
    @Vetoed
    @SuppressWarnings("NullAway") // It uses no database.
    private static final class FakeTable extends SensorKeyTable {
        private final List<WrappedKey> rows = new ArrayList<>();

        FakeTable() {
            super(null);
        }

        @Override
        synchronized Uni<List<WrappedKey>> of(SensorId sensorId) {
            return Uni.createFrom().item(List.copyOf(rows));
        }

        @Override
        synchronized Uni<Void> insert(SensorId sensorId, int keyId, byte[] wrapped) {
            rows.add(new WrappedKey(keyId, ByteBuffer.wrap(wrapped)));
            return Uni.createFrom().voidItem();
        }

        synchronized List<Integer> ids() {
            return rows.stream().map(WrappedKey::id).toList();
        }
    }

    private SensorKeys replica() {
        KeyWrapping wrapping = new KeyWrapping(Optional.of(kms.uri()), Optional.of("sensor:a"), vertx);
        wrapping.start();
        return new SensorKeys(table, wrapping, new Shreddings(Clock.systemUTC()));
    }

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(10));
    }

    private static void assertUnavailable(Uni<?> uni) {
        assertThatThrownBy(() -> await(uni)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void createsNoKeyThatItCannotUnwrapAgain() {
        kms.setMayUnwrap(false);
        assertUnavailable(keys.toSeal(SENSOR));
        assertUnavailable(keys.toSeal(SENSOR));
        assertThat(table.ids()).isEmpty();
        kms.setMayUnwrap(true);
        assertThat(await(keys.toSeal(SENSOR)).id()).isEqualTo(1);
        assertThat(table.ids()).containsExactly(1);
    }

    @Test
    void anUnavailableKmsIsNoLostKey() {
        DataKey key = await(keys.toSeal(SENSOR));
        assertThat(await(keys.toOpen(SENSOR, List.of(1)))).containsOnlyKeys(1);
        SensorKeys other = replica();
        kms.setConnected(false);
        assertUnavailable(other.toOpen(SENSOR, List.of(1)));
        assertUnavailable(other.toSeal(SENSOR));
        assertThat(await(keys.toOpen(SENSOR, List.of(1))))
                .as("unwrapped before")
                .containsOnlyKeys(1);
        kms.setConnected(true);
        // The cache drops a failed read just after its callers have the failure.
        Awaitility.await().ignoreExceptions().untilAsserted(() -> assertThat(await(other.toOpen(SENSOR, List.of(1))))
                .containsOnlyKeys(1));
        assertThat(await(other.toSeal(SENSOR)).id()).isEqualTo(key.id());
        assertThat(table.ids()).containsExactly(1);
    }

    /** Its readings must not stop ingest. */
    @Test
    void aSensorWithALostKeyGetsAnother() {
        await(table.insert(SENSOR, 1, new byte[] {1, 2}));
        assertThat(await(keys.toOpen(SENSOR, List.of(1)))).isEqualTo(Map.of());
        assertThat(await(keys.toSeal(SENSOR)).id()).isEqualTo(2);
        assertThat(table.ids()).containsExactly(1, 2);
    }
}
