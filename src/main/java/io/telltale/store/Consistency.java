package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import java.util.Locale;

/** How many replicas must answer a read. */
public enum Consistency {
    LOCAL_ONE(DefaultConsistencyLevel.LOCAL_ONE),
    ONE(DefaultConsistencyLevel.ONE),
    TWO(DefaultConsistencyLevel.TWO),
    QUORUM(DefaultConsistencyLevel.QUORUM),
    LOCAL_QUORUM(DefaultConsistencyLevel.LOCAL_QUORUM),
    ALL(DefaultConsistencyLevel.ALL);

    private final DefaultConsistencyLevel level;

    Consistency(DefaultConsistencyLevel level) {
        this.level = level;
    }

    DefaultConsistencyLevel level() {
        return level;
    }

    /** As the API writes it: {@code local_quorum}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
