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
import java.util.Objects;
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
            super(explanation(cause).orElseGet(() -> String.valueOf(cause.getMessage())), cause);
            this.isExplained = explanation(cause).isPresent();
        }

        /** Whether the message says everything: a stack trace would only hide it. */
        boolean isExplained() {
            return isExplained;
        }
    }

    /** What the log says without a stack trace; empty for an unexpected failure. */
    private static Optional<String> explanation(Throwable failure) {
        return reasons(failure)
                .flatMap(reason -> Stream.iterate(reason, Objects::nonNull, Throwable::getCause))
                .flatMap(reason -> explanationOf(reason).stream())
                .findFirst();
    }

    private static Optional<String> explanationOf(Throwable reason) {
        if (reason instanceof CancellationException) {
            return Optional.of("its session was canceled, because the start failed; see the other errors");
        }
        if (reason instanceof UnsupportedProtocolVersionException) {
            return Optional.of(String.valueOf(reason.getMessage()));
        }
        if (isRefusal(reason)) {
            return Optional.of("it refuses the credentials; check quarkus.cassandra.auth.username and"
                    + " quarkus.cassandra.auth.password: " + reason.getMessage());
        }
        return Optional.empty();
    }

    /** The failures of all nodes, or the one that concerns no node. */
    private static Stream<Throwable> reasons(Throwable failure) {
        return failure instanceof AllNodesFailedException all
                ? all.getAllErrors().values().stream().flatMap(List::stream)
                : Stream.of(failure);
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
        return reasons(failure).noneMatch(Sessions::isPermanent);
    }

    private static boolean isPermanent(Throwable failure) {
        return isRefusal(failure)
                // A closing connection is a temporary state.
                || (failure instanceof IllegalStateException
                        && !String.valueOf(failure.getMessage()).contains("closing"))
                || failure instanceof ConfigException
                || failure instanceof InvalidKeyspaceException
                || failure instanceof IllegalArgumentException
                || failure instanceof CancellationException;
    }

    /** Whether a node refuses the credentials or the protocol version. */
    static boolean isRefusal(Throwable failure) {
        // A node that has just started may be unable to read credentials.
        return (failure instanceof AuthenticationException
                        && !String.valueOf(failure.getMessage()).contains("Unable to perform authentication"))
                || failure instanceof UnsupportedProtocolVersionException;
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
