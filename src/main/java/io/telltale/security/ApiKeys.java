package io.telltale.security;

import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The API keys in force: those of the last good version of the file. A file that is broken at the start stops the start; one
 * that breaks later is reported and ignored, so that a typo does not lock everyone out.
 */
@Singleton
public class ApiKeys {

    private static final Logger log = Logger.getLogger(ApiKeys.class);

    private static final String READ = "read API keys";
    private static final long CHECK_MILLIS = 1_000;
    private static final long MAX_BYTES = 16 << 20;
    private static final long NO_TIMER = -1;

    private final Optional<Path> file;
    private final Vertx vertx;
    private final AuditLog audit;
    private volatile ApiKeyRing ring = ApiKeyRing.EMPTY;
    private volatile @Nullable String failure;

    // Used by the startup, then by one worker at a time.
    private volatile @Nullable Version read;
    private long timer = NO_TIMER;

    /** What changes when the file does, also where a link leads elsewhere, as in mounted secrets. */
    private record Version(
            FileTime modified, long bytes, @Nullable Object fileKey) {}

    @Inject
    ApiKeys(SecuritySwitch security, SecurityConfig config, Vertx vertx, AuditLog audit) {
        this(security.hasApiKeys() ? config.apiKeys() : Optional.empty(), vertx, audit);
    }

    ApiKeys(Optional<Path> file, Vertx vertx, AuditLog audit) {
        this.file = file;
        this.vertx = vertx;
        this.audit = audit;
    }

    void start(@Observes @Priority(2) StartupEvent start) {
        file.ifPresent(path -> {
            try {
                load(path);
            } catch (IOException | IllegalArgumentException e) {
                throw new IllegalStateException(problem(path, e), e);
            }
            timer = vertx.setPeriodic(
                    CHECK_MILLIS, id -> vertx.executeBlocking(this::reload).onFailure(this::report));
        });
    }

    @PreDestroy
    void stop() {
        vertx.cancelTimer(timer);
    }

    /** Reads the file again if it has changed. Blocks: runs on a worker thread. */
    @Nullable
    Void reload() {
        Path path = file.orElseThrow();
        try {
            load(path);
        } catch (IOException | IllegalArgumentException e) {
            String problem = problem(path, e);
            if (!problem.equals(failure)) {
                log.errorf("%s; the keys of its last good version stay in force", problem);
                audit.line(READ, "failed").with("target", path.toString()).write();
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
        log.errorf(bug, "Reading the API keys failed");
    }

    private void load(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        Version version = new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        if (version.equals(read)) {
            return;
        }
        if (attributes.size() > MAX_BYTES) {
            throw new IllegalArgumentException("the file has over %d bytes".formatted(MAX_BYTES));
        }
        byte[] bytes = Files.readAllBytes(path);
        read = version;
        ApiKeyRing found = ApiKeyFile.parse(bytes);
        audit(path, ring, found);
        ring = found;
        failure = null;
        log.infof("API keys read: file=%s keys=%d", path, found.size());
    }

    /** Names only. An entry has changed if the key, its roles, its scope or its end is another one. */
    private void audit(Path path, ApiKeyRing before, ApiKeyRing after) {
        audit.line(READ, "done")
                .with("target", path.toString())
                .with("keys", after.size())
                .with("added", names(after, key -> before.named(key.name()) == null))
                .with("changed", names(after, key -> before.named(key.name()) != null && !before.has(key)))
                .with("removed", names(before, key -> after.named(key.name()) == null))
                .write();
    }

    private static List<String> names(ApiKeyRing ring, Predicate<ApiKey> condition) {
        return ring.keys().stream().filter(condition).map(ApiKey::name).toList();
    }

    private static String problem(Path path, Exception e) {
        String what = e instanceof NoSuchFileException
                ? "the file does not exist"
                : e instanceof IOException ? "the file cannot be read: " + e : String.valueOf(e.getMessage());
        return "telltale.security.api-keys=%s: %s".formatted(path, what);
    }

    /** The keys in force. */
    ApiKeyRing ring() {
        return ring;
    }

    /** Whether the file has changed to something that is not valid, so that older keys are in force. */
    public boolean areOutdated() {
        return failure != null;
    }
}
