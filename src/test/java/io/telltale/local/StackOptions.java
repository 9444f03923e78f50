package io.telltale.local;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a stack is to be started.
 *
 * @param directory of data and logs
 * @param keep whether the data is wanted again: then the servers are ended gently, otherwise killed and their data
 *     deleted
 * @param memory of the servers
 * @param commitLogSync when Cassandra acknowledges
 * @param createsTopics whether Kafka creates a topic when a record is sent to it
 * @param progress told what takes long
 * @param security keys and passwords; null for servers without security
 */
public record StackOptions(
        Path directory,
        boolean keep,
        MemoryProfile memory,
        CommitLogSync commitLogSync,
        boolean createsTopics,
        Progress progress,
        @Nullable StackSecurity security) {

    /** For tests: small, fresh, durable, silent. */
    public static StackOptions forTests() {
        return new StackOptions(
                Directories.fresh("test"),
                false,
                MemoryProfile.SMALL,
                CommitLogSync.BATCH,
                false,
                Progress.SILENT,
                null);
    }

    /** For load: fresh, durable, with heaps and compilers of a server. */
    public static StackOptions forLoad(Progress progress) {
        return new StackOptions(
                Directories.fresh("bench"), false, MemoryProfile.LOAD, CommitLogSync.GROUP, false, progress, null);
    }

    /** The same with security. */
    public StackOptions secured(StackSecurity withSecurity) {
        return new StackOptions(directory, keep, memory, commitLogSync, createsTopics, progress, withSecurity);
    }
}
