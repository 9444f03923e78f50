package io.telltale.bench;

/** Somebody who makes the readings of a topic durable, in a process of its own. */
public interface Contestant extends AutoCloseable {

    /** As {@code -Dpeers} names it. */
    Peer peer();

    /** Starts the process; its consumer group is where it reads on. */
    void start();

    /** Of its process. */
    long pid();

    /** What it says it has made durable since its start. */
    Written written();

    @Override
    void close();
}
