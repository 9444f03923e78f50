package io.telltale.store;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.CoordinatorException;
import com.datastax.oss.driver.api.core.servererrors.OverloadedException;
import com.datastax.oss.driver.api.core.servererrors.QueryConsistencyException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import java.util.List;
import java.util.Locale;

/**
 * Cassandra could not answer at the requested level: it is unavailable, too slow or overloaded, too few replicas are
 * alive, or it denies the service's user the permission. The message says which. The same request may succeed later.
 */
public final class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * The message has the level, and how many replicas it requires and how many answered, if Cassandra reported that.
     *
     * @param level the requested level, for failures of the driver, which do not have it
     */
    StoreUnavailableException(Throwable cause, ConsistencyLevel level) {
        super("Cassandra cannot answer: " + reason(cause, level), cause);
    }

    StoreUnavailableException(String message) {
        super(message);
    }

    private static String reason(Throwable failure, ConsistencyLevel level) {
        if (failure instanceof AllNodesFailedException all) {
            // A node's own error about the replicas says more than the number of nodes.
            return all.getAllErrors().values().stream()
                    .flatMap(List::stream)
                    .filter(CoordinatorException.class::isInstance)
                    .findFirst()
                    .map(error -> reason(error, level))
                    .orElseGet(() -> "level %s, %s".formatted(name(level), noResponse(all)));
        }
        if (failure instanceof UnavailableException unavailable) {
            return "level %s requires %d replicas, alive: %d"
                    .formatted(
                            name(unavailable.getConsistencyLevel()), unavailable.getRequired(), unavailable.getAlive());
        }
        if (failure instanceof QueryConsistencyException timeout) {
            return "level %s requires %d replicas, answered in time: %d"
                    .formatted(name(timeout.getConsistencyLevel()), timeout.getBlockFor(), timeout.getReceived());
        }
        if (failure instanceof DriverTimeoutException) {
            return "level %s, no node answered in time".formatted(name(level));
        }
        if (failure instanceof OverloadedException overloaded) {
            // The message starts with the node's address, which is for the log only.
            return "level %s, %s"
                    .formatted(
                            name(level),
                            String.valueOf(failure.getMessage())
                                    .replace(String.valueOf(overloaded.getCoordinator()), "a node"));
        }
        if (failure instanceof UnauthorizedException) {
            // The log has the missing permission.
            return "level %s, it does not let the service do that, or cannot look up whether it may"
                    .formatted(name(level));
        }
        // The driver's text is for the log only: it may name nodes, classes and statements.
        return "level %s, the request failed with %s"
                .formatted(name(level), failure.getClass().getSimpleName());
    }

    /** Leaves out the driver's details of nodes and connections, which are for the log only. */
    private static String noResponse(AllNodesFailedException all) {
        return all.getAllErrors().isEmpty()
                ? "no node is known"
                : "none of %d nodes answered".formatted(all.getAllErrors().size());
    }

    private static String name(ConsistencyLevel level) {
        return level.name().toLowerCase(Locale.ROOT);
    }
}
