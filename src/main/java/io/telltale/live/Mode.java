package io.telltale.live;

/** The readings that a subscriber receives. */
enum Mode {
    /** All accepted readings. */
    EVERY,
    /** The newest queued reading of each sensor by event time. A late reading never replaces a newer one. */
    LATEST
}
