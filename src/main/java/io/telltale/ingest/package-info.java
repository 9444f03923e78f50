/**
 * From Kafka into the store. {@link io.telltale.ingest.IngestPipeline} shows the whole path of a poll: decode,
 * register, filter, accumulate, write, acknowledge, commit.
 */
@NullMarked
package io.telltale.ingest;

import org.jspecify.annotations.NullMarked;
