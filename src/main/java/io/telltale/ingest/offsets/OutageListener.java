package io.telltale.ingest.offsets;

/** Learns of operations that fail and are retried. */
public interface OutageListener {

    /** @param operation in words that complete "… failed" */
    void failed(String operation, Throwable failure);

    void recovered(String operation);
}
