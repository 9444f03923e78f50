package io.telltale.security;

import io.quarkus.runtime.StartupEvent;
import io.telltale.settings.WatchedFile;
import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/** The API keys in force: those of the last good version of the file, so that a typo does not lock everyone out. */
@Singleton
public class ApiKeys {

    private static final Logger log = Logger.getLogger(ApiKeys.class);

    private static final String KEY = "telltale.security.api-keys";
    private static final String READ = "read API keys";
    private static final long MAX_BYTES = 16 << 20;

    private final Optional<WatchedFile> file;
    private final AuditLog audit;
    private volatile ApiKeyRing ring = ApiKeyRing.EMPTY;

    @Inject
    ApiKeys(SecuritySwitch security, SecurityConfig config, Vertx vertx, AuditLog audit) {
        this(security.hasApiKeys() ? config.apiKeys() : Optional.empty(), vertx, audit);
    }

    ApiKeys(Optional<Path> file, Vertx vertx, AuditLog audit) {
        this.audit = audit;
        this.file = file.map(path -> new WatchedFile(KEY, path, MAX_BYTES, new Content(path), vertx));
    }

    void start(@Observes @Priority(2) StartupEvent start) {
        file.ifPresent(WatchedFile::start);
    }

    @PreDestroy
    void stop() {
        file.ifPresent(WatchedFile::stop);
    }

    /** Reads the file again if it has changed. Blocks. */
    void reload() {
        file.ifPresent(WatchedFile::reload);
    }

    private final class Content implements WatchedFile.Content {
        private final Path path;

        Content(Path path) {
            this.path = path;
        }

        @Override
        public void read(byte[] bytes) {
            ApiKeyRing found = ApiKeyFile.parse(bytes);
            audit(path, ring, found);
            ring = found;
            log.infof("API keys read: file=%s keys=%d", path, found.size());
        }

        @Override
        public void failed() {
            audit.line(READ, "failed").with("target", path.toString()).write();
        }
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

    /** The keys in force. */
    ApiKeyRing ring() {
        return ring;
    }

    /** Whether the file has changed to something that is not valid, so that older keys are in force. */
    public boolean areOutdated() {
        return file.map(WatchedFile::isOutdated).orElse(false);
    }
}
