package io.telltale.sealing;

import com.google.crypto.tink.Aead;
import io.quarkus.runtime.StartupEvent;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorId;
import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Wraps data keys with the keyset, and unwraps them. A keyset that is broken at the start stops the start; one that breaks
 * later is reported, and its last good version stays in force.
 *
 * <p>Rotation: data keys are wrapped with the primary key, and unwrapped with any enabled key of the keyset.
 */
@Singleton
public class KeyWrapping {

    private static final Logger log = Logger.getLogger(KeyWrapping.class);

    private static final String KEY = "telltale.security.keyset";
    private static final String HMAC = "HmacSHA256";
    private static final long CHECK_MILLIS = 1_000;
    private static final long MAX_BYTES = 1 << 20;
    private static final long NO_TIMER = -1;

    private final Optional<String> keyset;
    private final SealedSensors sealed;
    private final Vertx vertx;
    private volatile @Nullable Aead aead;

    /** The content of the file; null without one. */
    private volatile byte @Nullable [] secret;

    private volatile @Nullable String failure;

    // Used by the startup, then by one worker at a time.
    private volatile @Nullable Version read;
    private long timer = NO_TIMER;

    /** What changes when the file does, also where a link leads elsewhere, as in mounted secrets. */
    private record Version(
            FileTime modified, long bytes, @Nullable Object fileKey) {}

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
        try {
            if (isUri()) {
                aead = Keyset.ofKms(keyset.orElseThrow());
            } else {
                load(Path.of(keyset.orElseThrow()));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalStateException(problem(e), e);
        }
        if (!isUri()) {
            timer = vertx.setPeriodic(
                    CHECK_MILLIS, id -> vertx.executeBlocking(this::reload).onFailure(this::report));
        }
    }

    @PreDestroy
    void stop() {
        vertx.cancelTimer(timer);
    }

    private boolean isUri() {
        return keyset.orElse("").contains("://");
    }

    /** Reads the file again if it has changed. Blocks: runs on a worker thread. */
    @Nullable
    Void reload() {
        try {
            load(Path.of(keyset.orElseThrow()));
        } catch (IOException | IllegalArgumentException e) {
            String problem = problem(e);
            if (!problem.equals(failure)) {
                log.errorf("%s; its last good version stays in force", problem);
            }
            failure = problem;
            if (e instanceof IOException) {
                // A file that comes back unchanged is read again, which ends the failure.
                read = null;
            }
        }
        return null;
    }

    private void report(Throwable bug) {
        log.errorf(bug, "Reading the keyset failed");
    }

    private void load(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        Version version = new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        if (version.equals(read)) {
            return;
        }
        if (attributes.size() > MAX_BYTES) {
            throw new IllegalArgumentException("the file has over %d bytes".formatted(MAX_BYTES));
        }
        String json = Files.readString(file, StandardCharsets.ISO_8859_1);
        read = version;
        aead = Keyset.parse(json);
        secret = json.getBytes(StandardCharsets.ISO_8859_1);
        failure = null;
        log.infof("Keyset read: file=%s", file);
    }

    private String problem(Exception e) {
        String what = e instanceof NoSuchFileException
                ? "the file does not exist"
                : e instanceof IOException ? "the file cannot be read: " + e : String.valueOf(e.getMessage());
        return "%s=%s: %s".formatted(KEY, Excerpt.of(keyset.orElse("")), what);
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
        Aead current = aead;
        if (current == null) {
            throw new GeneralSecurityException("no keyset is configured");
        }
        return current.encrypt(dataKey, bytes(sensorId));
    }

    /**
     * Unwraps a data key of a sensor. Blocks if the keyset is in a KMS.
     *
     * @return null if no key of the keyset can unwrap it, or the KMS does not
     */
    public byte @Nullable [] unwrap(SensorId sensorId, byte[] wrapped) {
        Aead current = aead;
        if (current == null) {
            return null;
        }
        try {
            return current.decrypt(wrapped, bytes(sensorId));
        } catch (GeneralSecurityException e) {
            log.debugf("A data key cannot be unwrapped: sensor=%s: %s", sensorId, e.getMessage());
            return null;
        }
    }

    /**
     * Derives a key that follows from a stored one only with the keyset: otherwise, a reader of Cassandra could use the
     * stored key to read sealed values through the service. Changes with the file; without a file, the key itself.
     */
    public byte[] bound(byte[] key) {
        byte[] current = secret;
        if (current == null) {
            return key;
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
