package io.telltale.evaluate.consistency;

/** A part of a cell's time line. */
enum Phase {
    /** Healthy. */
    BEFORE("before"),
    /** From the injection of the fault until its healing begins. */
    DURING("during"),
    /** From there on: a killed node starts, nodes find each other, hints are delivered. */
    AFTER("after");

    private final String label;

    Phase(String label) {
        this.label = label;
    }

    /** Also the first word of its figures' names. */
    String label() {
        return label;
    }

    /** A phase of one round, in microseconds of the ledger's clock. */
    record Span(Phase phase, long fromMicros, long toMicros) {

        boolean contains(long micros) {
            return fromMicros <= micros && micros < toMicros;
        }
    }
}
