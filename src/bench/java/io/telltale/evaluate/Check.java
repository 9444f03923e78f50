package io.telltale.evaluate;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A property that responses must have, by the names of the contract. */
public enum Check {
    /** An acknowledged write is not in the final read. */
    LOST,
    /** A response contains a value that no client sent. */
    INVENTED,
    /** A response is older than the last write that was acknowledged before the read began. */
    STALE,
    /** A reader received an older value than in its response before. */
    NON_MONOTONIC,
    /** A response contains two readings of one sensor and instant. */
    DUPLICATE,
    /** A response contains a record that arrived later but has an earlier record time. */
    WRONG_WINNER,
    /** A response claims to be complete, and an acknowledged reading of its range is missing. */
    FALSE_COMPLETE;

    /** The name in results and options. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Check> of(String label) {
        return Arrays.stream(values())
                .filter(check -> check.label().equals(label))
                .findFirst();
    }

    static String labels() {
        return Arrays.stream(values()).map(Check::label).collect(Collectors.joining(", "));
    }
}
