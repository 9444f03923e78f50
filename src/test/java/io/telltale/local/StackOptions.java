package io.telltale.local;

import java.nio.file.Path;

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
 */
public record StackOptions(
        Path directory,
        boolean keep,
        MemoryProfile memory,
        CommitLogSync commitLogSync,
        boolean createsTopics,
        Progress progress) {

    /** For tests: small, fresh, durable, silent. */
    public static StackOptions forTests() {
        return new StackOptions(
                Directories.fresh("test"), false, MemoryProfile.SMALL, CommitLogSync.GROUP, false, Progress.SILENT);
    }

    /** For load: fresh, durable, with heaps and compilers of a server. */
    public static StackOptions forLoad(Progress progress) {
        return new StackOptions(
                Directories.fresh("bench"), false, MemoryProfile.LOAD, CommitLogSync.GROUP, false, progress);
    }
}
