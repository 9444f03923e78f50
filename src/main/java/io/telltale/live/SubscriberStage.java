package io.telltale.live;

/** What happens to the events of the tail for a {@link Subscriber}. */
enum SubscriberStage {
    /** The first id is not known yet. */
    CONNECTING,
    /** Events of the tail are ignored. */
    CATCHING_UP,
    /** Events of the tail are buffered. */
    BUFFERING,
    /** Events of the tail are queued. */
    LIVE
}
