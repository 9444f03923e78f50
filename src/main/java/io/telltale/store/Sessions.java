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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Opens the session with Cassandra, and another where that one is of no use. The driver waits by itself for a cluster that is
 * away, but not for one that goes when it has answered for the first time.
 */
final class Sessions {

    private final Supplier<? extends CompletionStage<? extends CqlSession>> each;

    /** @param each opens a session each time it is asked */
    Sessions(Supplier<? extends CompletionStage<? extends CqlSession>> each) {
        this.each = each;
    }

    /**
     * The extension opens one session and gives that to all who ask, also where it could not be opened or is closed. It is made
     * to forget that one, and its proxy has the next.
     */
    static Sessions of(Instance<CompletionStage<QuarkusCqlSession>> extension) {
        AtomicBoolean isFirst = new AtomicBoolean(true);
        return new Sessions(() -> {
            CompletionStage<QuarkusCqlSession> session = extension.get();
            if (!isFirst.getAndSet(false)) {
                extension.destroy(session);
            }
            return session;
        });
    }

    /** No session is opened, however often it is tried. */
    static final class UnusableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnusableException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }

    /**
     * Opens one, each time it is subscribed to.
     *
     * @return fails with {@link UnusableException} where the next will fail as well
     */
    Uni<CqlSession> open() {
        return Uni.createFrom()
                .completionStage(this::opening)
                .onFailure(failure -> !mayBeOpenedLater(failure))
                .transform(UnusableException::new);
    }

    /** The driver looks for its classes by the loader of the thread that opens a session; a thread that tries again has none. */
    private CompletionStage<CqlSession> opening() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Sessions.class.getClassLoader());
        try {
            return each.get().thenApply(session -> session);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /**
     * What it fails with has many types; what does not pass has few. Wrong credentials are told by every node, or by the only
     * one.
     */
    private static boolean mayBeOpenedLater(Throwable failure) {
        if (failure instanceof AllNodesFailedException all) {
            return all.getAllErrors().values().stream().flatMap(List::stream).noneMatch(Sessions::neverPasses);
        }
        return !neverPasses(failure);
    }

    private static boolean neverPasses(Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        // A node that is just back cannot read yet who may log in, and that a connection is closing is a state, too.
        return (failure instanceof AuthenticationException && !reason.contains("Unable to perform authentication"))
                || (failure instanceof IllegalStateException && !reason.contains("closing"))
                || failure instanceof ConfigException
                || failure instanceof InvalidKeyspaceException
                || failure instanceof UnsupportedProtocolVersionException
                || failure instanceof IllegalArgumentException
                || failure instanceof CancellationException;
    }

    /** Closes one. The extension's leave their timer running when they are closed, and it would do so for each of them. */
    static void discard(CqlSession session) {
        session.closeAsync().whenCompleteAsync((closed, failure) -> {
            if (session.getContext() instanceof InternalDriverContext context) {
                context.getNettyOptions().getTimer().stop();
            }
        });
    }
}
