package io.telltale.security;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits the lines about requests without effect, which a client can send at any rate. Each caller has a budget of its
 * own, so that none can suppress the lines of another; all clients without a valid credential share one. Thread-safe.
 */
final class AuditBudgets {

    /** The lines of a budget in {@link #PERIOD_MILLIS}. */
    static final int MAX_LINES = 100;

    static final long PERIOD_MILLIS = 10_000;

    /** The callers with a budget of their own. Further ones share one. */
    static final int MAX_CALLERS = 1_000;

    private final Clock clock;

    // Guarded by this.
    private final Map<String, Budget> byCaller = new HashMap<>();
    private final Budget unauthenticated = new Budget();
    private final Budget others = new Budget();
    private long periodEndMillis;

    private static final class Budget {
        private int lines;
        private long suppressed;
    }

    AuditBudgets(Clock clock) {
        this.clock = clock;
    }

    /**
     * Takes a line from the budget of a caller.
     *
     * @param caller the qualified name; null without a valid credential
     * @return the number of lines that were suppressed before this one; negative if this one is suppressed
     */
    synchronized long take(@Nullable String caller) {
        long now = clock.millis();
        if (now >= periodEndMillis || now < periodEndMillis - PERIOD_MILLIS) {
            periodEndMillis = now + PERIOD_MILLIS;
            // Kept until the next line of the caller says how many are missing.
            byCaller.values().removeIf(budget -> budget.suppressed == 0);
            byCaller.values().forEach(budget -> budget.lines = 0);
            unauthenticated.lines = 0;
            others.lines = 0;
        }
        Budget budget = budget(caller);
        if (budget.lines >= MAX_LINES) {
            budget.suppressed++;
            return -1;
        }
        budget.lines++;
        long missing = budget.suppressed;
        budget.suppressed = 0;
        return missing;
    }

    private Budget budget(@Nullable String caller) {
        if (caller == null) {
            return unauthenticated;
        }
        Budget known = byCaller.get(caller);
        if (known != null) {
            return known;
        }
        if (byCaller.size() >= MAX_CALLERS) {
            return others;
        }
        Budget added = new Budget();
        byCaller.put(caller, added);
        return added;
    }
}
