package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.NoNodeAvailableException;
import com.datastax.oss.driver.api.core.connection.ClosedConnectionException;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.OverloadedException;
import com.datastax.oss.driver.api.core.servererrors.ReadTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.WriteType;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The messages for failures of the driver, each of a statement at level {@code two}. */
class StoreUnavailableExceptionTest {

    private static final Node NODE = node("/192.0.2.1:9042");
    private static final Node OTHER = node("/192.0.2.2:9042");

    static Stream<Arguments> failures() {
        DriverTimeoutException timeout = new DriverTimeoutException("Query timed out after PT6S");
        ClosedConnectionException closed = new ClosedConnectionException("Lost connection to remote peer");
        return Stream.of(
                Arguments.of(
                        new UnavailableException(NODE, DefaultConsistencyLevel.LOCAL_QUORUM, 2, 1),
                        "level local_quorum requires 2 replicas, alive: 1"),
                Arguments.of(
                        new ReadTimeoutException(NODE, DefaultConsistencyLevel.ALL, 1, 3, true),
                        "level all requires 3 replicas, answered in time: 1"),
                Arguments.of(
                        new WriteTimeoutException(NODE, DefaultConsistencyLevel.SERIAL, 0, 2, WriteType.CAS),
                        "level serial requires 2 replicas, answered in time: 0"),
                Arguments.of(
                        AllNodesFailedException.fromErrors(
                                List.of(Map.entry(NODE, closed), Map.entry(OTHER, timeoutOf(OTHER)))),
                        "level quorum requires 2 replicas, answered in time: 1"),
                Arguments.of(
                        AllNodesFailedException.fromErrors(List.of(Map.entry(NODE, closed), Map.entry(OTHER, closed))),
                        "level two, none of 2 nodes answered"),
                Arguments.of(
                        new UnauthorizedException(NODE, "User telltale has no MODIFY permission on <table readings>"),
                        "level two, it does not let the service do that, or cannot look up whether it may"),
                Arguments.of(new NoNodeAvailableException(), "level two, no node is known"),
                Arguments.of(timeout, "level two, no node answered in time"),
                Arguments.of(new OverloadedException(NODE), "level two, a node is overloaded"),
                Arguments.of(
                        AllNodesFailedException.fromErrors(List.of(
                                Map.entry(NODE, closed),
                                Map.entry(
                                        OTHER,
                                        new OverloadedException(OTHER, "Query timed out before it could start")))),
                        "level two, a node is overloaded: Query timed out before it could start"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void theMessageHasTheLevelAndTheReplicas(Throwable failure, String reason) {
        StoreUnavailableException exception = new StoreUnavailableException(failure, DefaultConsistencyLevel.TWO);

        assertThat(exception).hasMessage("Cassandra cannot answer: " + reason).hasCause(failure);
        assertThat(exception.getMessage()).as("addresses of nodes").doesNotContain("192.0.2");
    }

    private static ReadTimeoutException timeoutOf(Node node) {
        return new ReadTimeoutException(node, DefaultConsistencyLevel.QUORUM, 1, 2, false);
    }

    static Node node(String name) {
        return (Node) Proxy.newProxyInstance(
                Node.class.getClassLoader(),
                new Class<?>[] {Node.class},
                (node, method, arguments) -> switch (method.getName()) {
                    case "toString" -> name;
                    case "hashCode" -> name.hashCode();
                    case "equals" -> node == arguments[0];
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
