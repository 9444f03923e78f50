package io.telltale.simulate;

/** Where records go. Never makes the sender wait for longer than handing over takes: it asks for room first. */
interface RecordSink extends AutoCloseable {

    /** Whether one more record can be taken now. */
    boolean hasRoom();

    /** Takes a record; only after {@link #hasRoom} said yes, and always from the same thread. */
    void send(OutgoingRecord record);

    /** Records taken that have safely arrived. */
    long acknowledged();

    /** Records taken of which that is not known, and will not be. */
    long failed();

    /** Waits, for a bounded time, until each record is acknowledged or failed. */
    @Override
    void close();
}
