package io.telltale.evaluate.consistency;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import java.util.List;
import java.util.Locale;

/** A consistency level for writes and one for reads, at replication factor 3 in one data center. */
record Levels(DefaultConsistencyLevel write, DefaultConsistencyLevel read) {

    static final int FACTOR = 3;

    static final Levels ONE_ONE = new Levels(DefaultConsistencyLevel.ONE, DefaultConsistencyLevel.ONE);
    static final Levels ONE_ALL = new Levels(DefaultConsistencyLevel.ONE, DefaultConsistencyLevel.ALL);
    static final Levels QUORUM_ONE = new Levels(DefaultConsistencyLevel.QUORUM, DefaultConsistencyLevel.ONE);
    static final Levels QUORUM_QUORUM = new Levels(DefaultConsistencyLevel.QUORUM, DefaultConsistencyLevel.QUORUM);
    static final Levels LOCAL_QUORUMS =
            new Levels(DefaultConsistencyLevel.LOCAL_QUORUM, DefaultConsistencyLevel.LOCAL_QUORUM);
    static final Levels ALL_ONE = new Levels(DefaultConsistencyLevel.ALL, DefaultConsistencyLevel.ONE);
    static final Levels ALL_ALL = new Levels(DefaultConsistencyLevel.ALL, DefaultConsistencyLevel.ALL);

    /** The pairs of the chapter, from the weakest on. */
    static final List<Levels> PAIRS =
            List.of(ONE_ONE, QUORUM_ONE, QUORUM_QUORUM, LOCAL_QUORUMS, ONE_ALL, ALL_ONE, ALL_ALL);

    /** How many replicas acknowledge a write. */
    int writeReplicas() {
        return replicas(write);
    }

    /** How many replicas answer a read. */
    int readReplicas() {
        return replicas(read);
    }

    /** Whether the replicas of a read include one of each acknowledged write. */
    boolean isOverlapping() {
        return writeReplicas() + readReplicas() > FACTOR;
    }

    /**
     * Whether reads never go backwards. A read of several replicas repairs them before it answers. A read of one
     * replica repairs nothing, so the next one may miss a write that is in flight or failed, whatever the write level
     * is.
     */
    boolean isMonotonic() {
        return isOverlapping() && readReplicas() > 1;
    }

    /** {@code QUORUM/ONE}: of writes, then of reads. */
    String label() {
        return write + "/" + read;
    }

    /** The same as part of a cell's name. */
    String slug() {
        return label().toLowerCase(Locale.ROOT).replace('_', '-').replace('/', '-');
    }

    private static int replicas(DefaultConsistencyLevel level) {
        return switch (level) {
            case ONE -> 1;
            case QUORUM, LOCAL_QUORUM -> FACTOR / 2 + 1;
            case ALL -> FACTOR;
            default -> throw new IllegalArgumentException("level %s is not evaluated".formatted(level));
        };
    }
}
