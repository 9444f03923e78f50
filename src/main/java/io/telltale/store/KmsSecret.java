package io.telltale.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.sealing.DataKey;
import io.telltale.sealing.KeyWrapping;
import io.telltale.settings.RateLimitedLog;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The random secret that binds keys to a keyset in a KMS ({@link KeyWrapping#bound}), as the content of the file does
 * for a keyset in a file. Table {@code secrets} has it wrapped, so that a reader of Cassandra cannot use it. The first
 * replica creates it, and all replicas use it. Another key of the KMS has another one.
 */
@Singleton
class KmsSecret {

    private static final Logger log = Logger.getLogger(KmsSecret.class);
    private static final RateLimitedLog UNAVAILABLE = new RateLimitedLog(log, Logger.Level.WARN);

    private static final Duration MIN_BACKOFF = Duration.ofSeconds(1);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(10);

    private final Database database;
    private final SecretTable table;
    private final KeyWrapping wrapping;
    private volatile @Nullable Cancellable reading;

    @Inject
    KmsSecret(Database database, SecretTable table, KeyWrapping wrapping) {
        this.database = database;
        this.table = table;
        this.wrapping = wrapping;
    }

    /** After the keyset was read. Until it has succeeded, keys that are bound to the keyset are unavailable. */
    void start(@Observes @Priority(3) StartupEvent start) {
        String uri = wrapping.kmsUri();
        if (uri == null) {
            return;
        }
        reading = database.whenReady()
                .chain(() -> read(uri))
                .onFailure()
                .invoke(failure -> UNAVAILABLE.say("The secret of tickets is not available, trying again: " + failure))
                .onFailure()
                .retry()
                .withBackOff(MIN_BACKOFF, MAX_BACKOFF)
                .indefinitely()
                .subscribe()
                .with(wrapping::bindTo);
    }

    void stop(@Observes ShutdownEvent stop) {
        Cancellable running = reading;
        if (running != null) {
            running.cancel();
        }
    }

    /** Reads the secret of a key in the KMS, or creates it. */
    Uni<byte[]> read(String uri) {
        String name = "keyset " + uri;
        return table.find(name)
                .chain(found -> found.isPresent()
                        ? onWorker(() -> unwrapped(name, found.get()))
                        : onWorker(() -> wrapping.wrapSecret(DataKey.randomBytes()))
                                .chain(wrapped -> table.insert(name, wrapped))
                                .chain(() -> read(uri)));
    }

    private byte[] unwrapped(String name, byte[] wrapped) throws GeneralSecurityException {
        byte[] secret = wrapping.unwrapSecret(wrapped);
        if (secret == null) {
            throw new GeneralSecurityException(
                    "the KMS cannot unwrap it; if its key is lost, delete the row with name='%s' of table secrets"
                            .formatted(name));
        }
        return secret;
    }

    /** The client of a KMS blocks. */
    private static <T> Uni<T> onWorker(Callable<T> task) {
        return Uni.createFrom()
                .deferred(() -> {
                    try {
                        return Uni.createFrom().item(task.call());
                    } catch (Exception e) {
                        return Uni.createFrom().<T>failure(e);
                    }
                })
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
    }
}
