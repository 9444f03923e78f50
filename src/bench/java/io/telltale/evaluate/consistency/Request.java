package io.telltale.evaluate.consistency;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import java.util.concurrent.CompletionException;

/**
 * A request that has ended.
 *
 * @param isWrite whether it is a write; else a read
 * @param isAffected whether its coordinator is a node that the fault affects
 * @param sentMicros on the ledger's clock
 * @param tookMicros until its response or failure
 * @param error its kind; empty if it was answered
 */
record Request(boolean isWrite, boolean isAffected, long sentMicros, long tookMicros, String error) {

    boolean isAnswered() {
        return error.isEmpty();
    }

    /** A short name of a failure: the driver's exception without that word. */
    static String kindOf(Throwable failure) {
        Throwable cause = failure;
        if (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof AllNodesFailedException all) {
            // The request had one node only.
            cause = all.getAllErrors().values().stream()
                    .flatMap(errors -> errors.stream())
                    .findFirst()
                    .orElse(all);
        }
        return cause.getClass().getSimpleName().replace("Exception", "");
    }
}
