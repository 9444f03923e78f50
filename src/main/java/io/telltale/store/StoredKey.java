package io.telltale.store;

/**
 * The key of a recent segment that was read.
 *
 * @param writtenMicros its write timestamp
 */
public record StoredKey(RecentSegment.Key key, long writtenMicros) {}
