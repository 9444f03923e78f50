package io.telltale.evaluate.replication;

import java.util.Locale;

/** A part of a cell's time. */
enum Phase {
    /** Not reported: servers and clients compile first. */
    WARM_UP,
    HEALTHY,
    /** From the injection on. */
    FAULT,
    /** From the begin of healing until all nodes see each other. */
    HEALING;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
