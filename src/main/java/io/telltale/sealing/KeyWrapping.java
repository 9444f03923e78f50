package io.telltale.sealing;

import com.google.crypto.tink.Aead;
import io.quarkus.runtime.StartupEvent;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorId;
import io.telltale.settings.WatchedFile;
import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Wraps data keys with the keyset, and unwraps them.
 *
 * <p>Rotation: data keys are wrapped with the primary key, and unwrapped with any enabled key of the keyset.
 */
@Singleton
public class KeyWrapping {

    private static final Logger log = Logger.getLogger(KeyWrapping.class);

    private static final String KEY = "telltale.security.keyset";
    private static final String HMAC = "HmacSHA256";

    /** The associated data of the secret, which is no id of a sensor. */
    private static final byte[] OF_SECRET = "secret of the keyset".getBytes(StandardCharsets.US_ASCII);

    private static final long MAX_BYTES = 1 << 20;

    private final Optional<String> keyset;
    private final SealedSensors sealed;
    private final Vertx vertx;
    private final List<KeysetListener> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable Aead aead;

    /**
     * What binds keys to the keyset: the content of the file, or a secret that the KMS has wrapped. Null if unknown.
     */
    private volatile byte @Nullable [] secret;

    private @Nullable WatchedFile file;

    @Inject
    KeyWrapping(SealingConfig config, Vertx vertx) {
        this(config.keyset(), config.sealed(), vertx);
    }

    /** @param sealed the setting of the sealed sensors */
    public KeyWrapping(Optional<String> keyset, Optional<String> sealed, Vertx vertx) {
        this.keyset = keyset.filter(text -> !text.isBlank()).map(String::strip);
        this.sealed = SealedSensors.parse(sealed.orElse(""));
        this.vertx = vertx;
    }

    void start(@Observes @Priority(2) StartupEvent start) {
        start();
    }

    /** Reads the keyset for the first time. Fails the start if values would be stored unsealed. */
    public void start() {
        if (keyset.isEmpty()) {
            if (!sealed.isEmpty()) {
                throw new IllegalStateException(
                        "%s is set and %s is not: set it to a file with a Tink keyset, or to the URI of a key in a KMS"
                                .formatted(SealedSensors.KEY, KEY));
            }
            return;
        }
        String where = keyset.orElseThrow();
        if (isUri()) {
            try {
                aead = Keyset.ofKms(where);
            } catch (IllegalArgumentException e) {
                throw new IllegalStateException("%s=%s: %s".formatted(KEY, Excerpt.of(where), e.getMessage()), e);
            }
        } else {
            WatchedFile watched = new WatchedFile(KEY, Path.of(where), MAX_BYTES, new KeysetFile(where), vertx);
            watched.start();
            file = watched;
        }
    }

    @PreDestroy
    void stop() {
        if (file != null) {
            file.stop();
        }
    }

    private final class KeysetFile implements WatchedFile.Content {
        private final String path;

        KeysetFile(String path) {
            this.path = path;
        }

        @Override
        public void read(byte[] bytes) {
            Keyset.Cleartext found = Keyset.parse(new String(bytes, StandardCharsets.ISO_8859_1));
            aead = found.aead();
            secret = bytes;
            log.infof("Keyset read: file=%s keys=%d", path, found.enabled().size());
            listeners.forEach(listener -> listener.read(path, found.enabled(), found.primary()));
        }

        @Override
        public void failed() {
            listeners.forEach(listener -> listener.failed(path));
        }
    }

    /** Adds a listener, before the start. */
    public void listen(KeysetListener listener) {
        listeners.add(listener);
    }

    /** Reads the file again if it has changed. Blocks. */
    public void reload() {
        if (file != null) {
            file.reload();
        }
    }

    private boolean isUri() {
        return keyset.orElse("").contains("://");
    }

    /** The sensors whose values are sealed. */
    public SealedSensors sealedSensors() {
        return sealed;
    }

    /** Whether there is a keyset. Without one, no sealed value can be opened. */
    public boolean isConfigured() {
        return aead != null;
    }

    /**
     * Wraps a data key of a sensor with the primary key. Blocks if the keyset is in a KMS.
     *
     * @throws GeneralSecurityException if the KMS refuses or does not answer
     */
    public byte[] wrap(SensorId sensorId, byte[] dataKey) throws GeneralSecurityException {
        return wrap(dataKey, bytes(sensorId));
    }

    /** Wraps a secret for {@link #bindTo}, as {@link #wrap} does. */
    public byte[] wrapSecret(byte[] plain) throws GeneralSecurityException {
        return wrap(plain, OF_SECRET);
    }

    private byte[] wrap(byte[] plain, byte[] associatedData) throws GeneralSecurityException {
        Aead current = aead;
        if (current == null) {
            throw new GeneralSecurityException("no keyset is configured");
        }
        return current.encrypt(plain, associatedData);
    }

    /**
     * Unwraps a data key of a sensor. Blocks if the keyset is in a KMS.
     *
     * @return null if no key of the keyset can unwrap it
     * @throws GeneralSecurityException if the KMS does not answer, or unwraps nothing
     */
    public byte @Nullable [] unwrap(SensorId sensorId, byte[] wrapped) throws GeneralSecurityException {
        return unwrap(wrapped, bytes(sensorId));
    }

    /** Unwraps a secret for {@link #bindTo}, as {@link #unwrap} does. */
    public byte @Nullable [] unwrapSecret(byte[] wrapped) throws GeneralSecurityException {
        return unwrap(wrapped, OF_SECRET);
    }

    private byte @Nullable [] unwrap(byte[] wrapped, byte[] associatedData) throws GeneralSecurityException {
        Aead current = aead;
        if (current == null) {
            return null;
        }
        try {
            return current.decrypt(wrapped, associatedData);
        } catch (GeneralSecurityException e) {
            log.debugf("A key cannot be unwrapped: %s", e.getMessage());
            return isUri() ? Keyset.decryptAgain(current, wrapped, associatedData) : null;
        }
    }

    /** The URI of the key in a KMS; null if the keyset is none. */
    public @Nullable String kmsUri() {
        return isUri() ? keyset.orElseThrow() : null;
    }

    /** Sets the secret of a keyset in a KMS, the same on all replicas. */
    public void bindTo(byte[] keysetSecret) {
        secret = keysetSecret;
    }

    /**
     * Derives a key that follows from a stored one only with the keyset: otherwise, a reader of Cassandra could use the
     * stored key to read sealed values through the service. Changes with the file, or with the key in the KMS. Without
     * a keyset, the key itself.
     *
     * @return null with a keyset in a KMS until {@link #bindTo} was called
     */
    public byte @Nullable [] bound(byte[] key) {
        byte[] current = secret;
        if (current == null) {
            return isUri() ? null : key;
        }
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            return mac.doFinal(current);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has " + HMAC, e);
        }
    }

    private static byte[] bytes(SensorId sensorId) {
        return sensorId.value().getBytes(StandardCharsets.US_ASCII);
    }
}
