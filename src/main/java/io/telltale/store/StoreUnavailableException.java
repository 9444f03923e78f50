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
 * Cassandra could not answer at the level asked for: it is away, too slow, overloaded, too few replicas are alive, or it
 * does not allow it at the moment.
 * The same request may succeed later. The message says which.
 */
public final class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Says why Cassandra cannot answer: at which level, and where Cassandra itself said so, how many replicas that requires
     * and how many there are.
     *
     * @param level what was asked for, for failures that do not name it: where the driver gave up by itself
     */
    StoreUnavailableException(Throwable cause, ConsistencyLevel level) {
        super("Cassandra cannot answer: " + reason(cause, level), cause);
    }

    StoreUnavailableException(String message) {
        super(message);
    }

    private static String reason(Throwable failure, ConsistencyLevel level) {
        if (failure instanceof AllNodesFailedException all) {
            // Each node was asked; what one of them said of the replicas says more than how many there are.
            return all.getAllErrors().values().stream()
                    .flatMap(List::stream)
                    .filter(CoordinatorException.class::isInstance)
                    .findFirst()
                    .map(told -> reason(told, level))
                    .orElseGet(() -> "level %s, %s".formatted(written(level), silence(all)));
        }
        if (failure instanceof UnavailableException lacking) {
            return "level %s requires %d replicas, alive: %d"
                    .formatted(written(lacking.getConsistencyLevel()), lacking.getRequired(), lacking.getAlive());
        }
        if (failure instanceof QueryConsistencyException late) {
            return "level %s requires %d replicas, in time answered: %d"
                    .formatted(written(late.getConsistencyLevel()), late.getBlockFor(), late.getReceived());
        }
        if (failure instanceof DriverTimeoutException) {
            return "level %s, no node answered in time: %s".formatted(written(level), failure.getMessage());
        }
        if (failure instanceof OverloadedException overloaded) {
            // What the node says of it comes behind its name.
            return "level %s, %s"
                    .formatted(
                            written(level),
                            String.valueOf(failure.getMessage())
                                    .replace(String.valueOf(overloaded.getCoordinator()), "a node that was asked"));
        }
        if (failure instanceof UnauthorizedException) {
            // Which of the service's rights is lacking is for the log.
            return "level %s, it does not let the service do that, or cannot look up whether it may"
                    .formatted(written(level));
        }
        return "level %s, %s".formatted(written(level), failure.getMessage());
    }

    /** Without what the driver tells of its nodes and connections, which is for the log. */
    private static String silence(AllNodesFailedException all) {
        return all.getAllErrors().isEmpty()
                ? "no node is there"
                : "none of the %d nodes that were asked answered"
                        .formatted(all.getAllErrors().size());
    }

    private static String written(ConsistencyLevel level) {
        return level.name().toLowerCase(Locale.ROOT);
    }
}
