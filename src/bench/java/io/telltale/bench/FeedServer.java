package io.telltale.bench;

import java.net.URI;

/** Somebody who hands readings to those who watch, in a process of its own. */
interface FeedServer extends AutoCloseable {

    /** As the results name it. */
    String label();

    void start();

    long pid();

    /**
     * Megabytes that it has allocated on its heap since its start, as of its last collection; 0 where there is no JVM.
     */
    long allocatedMegabytes();

    /** Where to watch all readings of the benchmark. */
    URI stream();

    /** How to watch them. */
    default HttpAccess access() {
        return HttpAccess.PLAIN;
    }

    /**
     * Hands a reading in, and does not wait. Its value is the moment at which it was due, in microseconds of
     * {@code nanoTime}.
     */
    void send(int sensor, long dueMicros);

    /** Returns when all that was handed in is out of this process. */
    void flush();

    @Override
    void close();
}
