package io.telltale.live;

/** Which readings a subscriber is given. */
enum Mode {
    /** Every accepted record. */
    EVERY,
    /** Of what waits for it, the newest of each sensor by event time; a late reading never replaces a newer one. */
    LATEST
}
