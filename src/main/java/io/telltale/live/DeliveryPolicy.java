package io.telltale.live;

/**
 * What a subscriber receives, and its limits.
 *
 * @param waitingEvents the maximum number of waiting events
 * @param stalledHeartbeats the number of consecutive heartbeats without a write after which a client is aborted
 */
record DeliveryPolicy(Mode mode, int waitingEvents, int stalledHeartbeats) {}
