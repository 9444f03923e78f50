package io.telltale.store;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.InvalidKeyspaceException;
import com.datastax.oss.driver.api.core.UnsupportedProtocolVersionException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.internal.core.context.InternalDriverContext;
import com.datastax.oss.quarkus.runtime.api.session.QuarkusCqlSession;
import com.typesafe.config.ConfigException;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.Instance;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Opens sessions with Cassandra: a first one, and another each time a session is unusable. The driver itself waits
 * for an unavailable cluster, but not for one that becomes unavailable after its first response.
 */
final class Sessions {

    private final Supplier<? extends CompletionStage<? extends CqlSession>> opener;

    /** @param opener opens a new session at each call */
    Sessions(Supplier<? extends CompletionStage<? extends CqlSession>> opener) {
        this.opener = opener;
    }

    /**
     * The Quarkus extension opens one session and returns it to all callers, also if it failed to open or was closed.
     * So each further session destroys the extension's bean first; its proxy then refers to the new session.
     *
     * @param settings applied to each session
     */
    static Sessions of(Instance<CompletionStage<QuarkusCqlSession>> extension, DriverSettings settings) {
        AtomicBoolean isFirst = new AtomicBoolean(true);
        return new Sessions(() -> {
            settings.apply();
            CompletionStage<QuarkusCqlSession> session = extension.get();
            if (!isFirst.getAndSet(false)) {
                extension.destroy(session);
            }
            return session;
        });
    }

    /** No session can be opened: retries are useless. */
    static final class UnusableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final boolean isExplained;

        UnusableException(Throwable cause) {
            super(
                    refusal(cause)
                            .map(refusal -> "it refuses the credentials; check quarkus.cassandra.auth.username and"
                                    + " quarkus.cassandra.auth.password: " + refusal.getMessage())
                            .orElseGet(() -> String.valueOf(cause.getMessage())),
                    cause);
            this.isExplained = refusal(cause).isPresent();
        }

        /** Whether the message says everything: a stack trace would only hide it. */
        boolean isExplained() {
            return isExplained;
        }
    }

    /** The answer of a node that refuses the credentials. */
    private static Optional<Throwable> refusal(Throwable failure) {
        Stream<Throwable> reasons = failure instanceof AllNodesFailedException all
                ? all.getAllErrors().values().stream().flatMap(List::stream)
                : Stream.of(failure);
        return reasons.filter(AuthenticationException.class::isInstance).findFirst();
    }

    /**
     * Opens a session for each subscription.
     *
     * @return fails with {@link UnusableException} if further attempts would fail too
     */
    Uni<CqlSession> open() {
        return Uni.createFrom()
                .completionStage(this::openSession)
                .onFailure(failure -> !isTransient(failure))
                .transform(UnusableException::new);
    }

    /** The driver loads classes with the thread's context class loader, which the threads that retry do not have. */
    private CompletionStage<CqlSession> openSession() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Sessions.class.getClassLoader());
        try {
            return opener.get().thenApply(session -> session);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /**
     * Checks for the few permanent failures, since transient failures have many types. With wrong credentials, every
     * node reports the failure, or the only node does.
     */
    private static boolean isTransient(Throwable failure) {
        if (failure instanceof AllNodesFailedException all) {
            return all.getAllErrors().values().stream().flatMap(List::stream).noneMatch(Sessions::isPermanent);
        }
        return !isPermanent(failure);
    }

    private static boolean isPermanent(Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        // A node that has just started may be unable to read credentials. A closing connection is a temporary state.
        return (failure instanceof AuthenticationException && !reason.contains("Unable to perform authentication"))
                || (failure instanceof IllegalStateException && !reason.contains("closing"))
                || failure instanceof ConfigException
                || failure instanceof InvalidKeyspaceException
                || failure instanceof UnsupportedProtocolVersionException
                || failure instanceof IllegalArgumentException
                || failure instanceof CancellationException;
    }

    /** Closes a session and stops its timer, which sessions of the extension would otherwise leak. */
    static void discard(CqlSession session) {
        session.closeAsync().whenCompleteAsync((closed, failure) -> {
            if (session.getContext() instanceof InternalDriverContext context) {
                context.getNettyOptions().getTimer().stop();
            }
        });
    }
}
