package io.telltale.security;

import io.quarkus.runtime.StartupEvent;
import io.telltale.sealing.KeyWrapping;
import io.telltale.sealing.KeysetListener;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.TreeSet;

/** Writes a line of the audit log each time the keyset's file was read: which keys were added and removed. */
@Singleton
class KeysetAudit implements KeysetListener {

    private static final String READ = "read keyset";

    private final AuditLog audit;
    private Set<String> before = Set.of();

    @Inject
    KeysetAudit(AuditLog audit) {
        this.audit = audit;
    }

    /** Before the keyset is read for the first time. */
    void register(@Observes @Priority(1) StartupEvent start, KeyWrapping keyset) {
        keyset.listen(this);
    }

    /** A disabled key opens nothing, so it counts as removed. */
    @Override
    public void read(String file, Set<String> enabled, String primary) {
        audit.line(READ, "done")
                .with("target", file)
                .with("keys", enabled.size())
                .with("added", without(enabled, before))
                .with("removed", without(before, enabled))
                .with("primary", primary)
                .write();
        before = Set.copyOf(enabled);
    }

    private static Set<String> without(Set<String> ids, Set<String> others) {
        Set<String> rest = new TreeSet<>(ids);
        rest.removeAll(others);
        return rest;
    }

    @Override
    public void failed(String file) {
        audit.line(READ, "failed").with("target", file).write();
    }
}
