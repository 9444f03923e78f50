package io.telltale.store;

import java.util.UUID;

/**
 * The key of a fresh segment within its minute. No key is used twice, and a segment never changes.
 *
 * @param isLate whether all its readings are older than the horizon of the minute
 * @param shard of its sensors
 * @param writer the replica that wrote it
 * @param seq its number at the writer
 * @param writtenMicros its write timestamp
 */
public record FreshKey(boolean isLate, int shard, UUID writer, long seq, long writtenMicros) {}
