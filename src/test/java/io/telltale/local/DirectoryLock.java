package io.telltale.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Sees to it that a directory of data is used by one stack at a time: Cassandra itself would not notice another. */
record DirectoryLock(FileChannel channel) implements AutoCloseable {

    /**
     * Takes the directory, until {@link #close} or the end of this process, however it ends.
     *
     * @throws LocalStackException if another stack has it
     */
    static DirectoryLock on(Path directory) {
        Path file = Directories.create(directory).resolve("lock");
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                channel.close();
                throw new LocalStackException(
                        "another run uses the data in %s; end that one first".formatted(directory));
            }
            return new DirectoryLock(channel);
        } catch (IOException e) {
            throw new LocalStackException("could not lock " + file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new LocalStackException("could not give up the lock of a directory", e);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very process.
            return null;
        }
    }
}
