package io.telltale.evaluate.partitioning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * What {@code nodetool tablestats} says of a table that is flushed and compacted.
 *
 * @param diskBytes of its live files
 * @param partitions an estimate
 * @param meanPartitionBytes of a partition, uncompressed
 * @param largestPartitionBytes of the largest, uncompressed; the upper bound of a histogram's class
 */
public record TableSize(long diskBytes, long partitions, long meanPartitionBytes, long largestPartitionBytes) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Parses the size of a table.
     *
     * @param output of {@code nodetool tablestats -F json KEYSPACE.readings}; what comes before the last document is
     *     ignored
     */
    public static TableSize of(String output, String keyspace) {
        try {
            JsonNode table = JSON.readTree(
                            output.substring(output.lastIndexOf('{', output.lastIndexOf('"' + keyspace + '"'))))
                    .path(keyspace)
                    .path("tables")
                    .path("readings");
            return new TableSize(
                    number(table, "space_used_live"),
                    number(table, "number_of_partitions_estimate"),
                    number(table, "compacted_partition_mean_bytes"),
                    number(table, "compacted_partition_maximum_bytes"));
        } catch (IOException | StringIndexOutOfBoundsException e) {
            throw new IllegalArgumentException("tablestats of %s has no document".formatted(keyspace), e);
        }
    }

    private static long number(JsonNode table, String name) {
        if (table.path(name).isMissingNode()) {
            throw new IllegalArgumentException("tablestats has no %s".formatted(name));
        }
        return table.path(name).asLong();
    }
}
