/**
 * Which offsets of this replica's partitions are assigned, delivered, durable and committed. {@link
 * io.telltale.ingest.offsets.PartitionOffsets} is the entry point.
 */
@NullMarked
package io.telltale.ingest.offsets;

import org.jspecify.annotations.NullMarked;
