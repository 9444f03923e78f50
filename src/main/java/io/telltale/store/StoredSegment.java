package io.telltale.store;

/**
 * A recent segment as it was read; without its time to live.
 *
 * @param writtenMicros its write timestamp
 */
public record StoredSegment(RecentSegment segment, long writtenMicros) {}
