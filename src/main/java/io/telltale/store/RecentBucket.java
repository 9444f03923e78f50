package io.telltale.store;

import java.util.UUID;

/**
 * An entry of the index of buckets with recent segments. It is written after segments of its bucket. So a reader that
 * has read the entry can read these, too.
 *
 * @param writer the process that wrote it, at ascending times
 * @param writtenMicros its write timestamp
 */
public record RecentBucket(ReadingPartition partition, UUID writer, long writtenMicros) {}
