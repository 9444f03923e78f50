package io.telltale.store;

import com.datastax.oss.protocol.internal.util.Bytes;
import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.telltale.sealing.DataKey;
import io.telltale.sealing.KeyWrapping;
import io.telltale.sensors.SensorId;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.SensorKeyTable.WrappedKey;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The data keys of sensors. The first replica that seals a value of a sensor creates its key by compare-and-set, and
 * all replicas use it. A sensor whose keys cannot be unwrapped gets another key, so that its new readings do not wait
 * for a keyset that may be lost.
 */
@Singleton
class SensorKeys {

    private static final Logger log = Logger.getLogger(SensorKeys.class);
    private static final RateLimitedLog UNAVAILABLE = new RateLimitedLog(log, Logger.Level.WARN);
    private static final RateLimitedLog UNUSABLE = new RateLimitedLog(log, Logger.Level.ERROR);

    /** Some 600 bytes each. */
    private static final int MAX_SENSORS = 50_000;

    /** A destroyed key leaves the memory of every replica within this time. */
    private static final Duration EXPIRY = Duration.ofMinutes(10);

    /** How long a missing key is not looked up again. */
    private static final long MISSING_NANOS = Duration.ofSeconds(10).toNanos();

    private final SensorKeyTable table;
    private final KeyWrapping wrapping;
    private final Shreddings shreddings;
    private final AsyncCache<SensorId, Keys> cache = Caffeine.newBuilder()
            .maximumSize(MAX_SENSORS)
            .expireAfterWrite(EXPIRY)
            .buildAsync();

    /**
     * The keys of a sensor.
     *
     * @param usable by their ids
     * @param highestId the highest id that was ever used; 0 for none
     * @param unusable how many keys exist that the keyset cannot unwrap
     */
    record Keys(Map<Integer, DataKey> usable, int highestId, int unusable, long readNanos) {

        @Nullable
        DataKey newest() {
            return usable.keySet().stream()
                    .max(Integer::compare)
                    .map(usable::get)
                    .orElse(null);
        }
    }

    @Inject
    SensorKeys(SensorKeyTable table, KeyWrapping wrapping, Shreddings shreddings) {
        this.table = table;
        this.wrapping = wrapping;
        this.shreddings = shreddings;
        shreddings.onNew(id -> cache.synchronous().invalidate(id));
    }

    /** The key that seals the next values of a sensor. Creates it if there is none. */
    Uni<DataKey> toSeal(SensorId sensorId) {
        return keys(sensorId).chain(found -> {
            DataKey newest = found.newest();
            return newest == null ? create(sensorId) : Uni.createFrom().item(newest);
        });
    }

    /** The keys that open the values of a sensor: all that the keyset can unwrap. */
    Uni<Map<Integer, DataKey>> toOpen(SensorId sensorId, Iterable<Integer> keyIds) {
        if (!wrapping.isConfigured()) {
            return Uni.createFrom().item(Map.of());
        }
        return keys(sensorId).chain(found -> {
            boolean isMissing = false;
            for (int keyId : keyIds) {
                isMissing |= !found.usable.containsKey(keyId);
            }
            // Another replica may have created it, or the keyset may have changed.
            return isMissing && System.nanoTime() - found.readNanos > MISSING_NANOS
                    ? readAgain(sensorId).map(Keys::usable)
                    : Uni.createFrom().item(found.usable);
        });
    }

    /** Destroys the keys of a sensor. Completes when that is durable; other replicas forget them within 10 minutes. */
    Uni<Void> destroy(SensorId sensorId) {
        return table.destroy(sensorId).invoke(() -> cache.synchronous().invalidate(sensorId));
    }

    private Uni<Keys> keys(SensorId sensorId) {
        if (shreddings.isRecent(sensorId)) {
            return read(sensorId);
        }
        return shared(cache.get(sensorId, (id, executor) -> read(id).subscribeAsCompletionStage()));
    }

    private Uni<Keys> readAgain(SensorId sensorId) {
        cache.synchronous().invalidate(sensorId);
        return keys(sensorId);
    }

    /** A copy, because a caller that cancels must not cancel the read for the others. */
    private static Uni<Keys> shared(CompletableFuture<Keys> read) {
        return Uni.createFrom().completionStage(() -> read.thenApply(Function.identity()));
    }

    private Uni<Keys> read(SensorId sensorId) {
        return table.of(sensorId).chain(rows -> onWorker(() -> unwrapped(sensorId, rows)));
    }

    private Keys unwrapped(SensorId sensorId, List<WrappedKey> rows) {
        Map<Integer, DataKey> usable = new HashMap<>();
        int highestId = 0;
        int unusable = 0;
        for (WrappedKey row : rows) {
            highestId = Math.max(highestId, row.id());
            ByteBuffer wrapped = row.wrapped();
            if (wrapped != null) {
                byte[] key = unwrapped(sensorId, wrapped);
                if (key == null) {
                    unusable++;
                } else {
                    usable.put(row.id(), new DataKey(row.id(), key));
                }
            }
        }
        if (unusable > 0) {
            UNUSABLE.say(
                    ("Data keys cannot be unwrapped: sensor=%s keys=%d; their readings have no value until the keyset"
                                    + " has the key again that wrapped them")
                            .formatted(sensorId, unusable));
        }
        return new Keys(Map.copyOf(usable), highestId, unusable, System.nanoTime());
    }

    /** @return null if the keyset does not have the key that wrapped it */
    private byte @Nullable [] unwrapped(SensorId sensorId, ByteBuffer wrapped) {
        try {
            return wrapping.unwrap(sensorId, Bytes.getArray(wrapped));
        } catch (GeneralSecurityException e) {
            UNAVAILABLE.say(
                    "The KMS (telltale.security.keyset) does not unwrap data keys; sealed values cannot be written or"
                            + " read until it does: " + e);
            throw new StoreUnavailableException(
                    "the KMS does not unwrap the data keys of sensor %s; try again later".formatted(sensorId));
        }
    }

    /** Reads again in any case: the cached keys may be outdated, and another replica may be first. */
    private Uni<DataKey> create(SensorId sensorId) {
        return read(sensorId).chain(found -> {
            DataKey newest = found.newest();
            if (newest != null) {
                cache.synchronous().invalidate(sensorId);
                return Uni.createFrom().item(newest);
            }
            return onWorker(() -> wrapped(sensorId))
                    .chain(wrapped -> table.insert(sensorId, found.highestId + 1, wrapped))
                    .invoke(() -> cache.synchronous().invalidate(sensorId))
                    .chain(() -> create(sensorId));
        });
    }

    private byte[] wrapped(SensorId sensorId) {
        try {
            byte[] wrapped = wrapping.wrap(sensorId, DataKey.randomBytes());
            if (wrapping.unwrap(sensorId, wrapped) == null) {
                // For example without the right to decrypt. Each attempt would leave another key.
                throw new StoreUnavailableException(
                        "the data key of sensor %s cannot be unwrapped again".formatted(sensorId));
            }
            return wrapped;
        } catch (GeneralSecurityException e) {
            throw new StoreUnavailableException(
                    "the data key of sensor %s cannot be wrapped: %s".formatted(sensorId, e.getMessage()));
        }
    }

    /** The keyset may be in a KMS, whose client blocks. */
    private static <T> Uni<T> onWorker(Supplier<T> task) {
        return Uni.createFrom().item(task).runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
    }
}
