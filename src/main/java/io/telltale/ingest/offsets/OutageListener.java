package io.telltale.ingest.offsets;

/** Learns of operations that fail and are retried. */
public interface OutageListener {

    /**
     * An attempt failed; the operation is retried.
     *
     * @param operation in words that complete "… failed"
     */
    void failed(String operation, Throwable failure);

    /** The operation succeeded, after failures or at once. */
    void recovered(String operation);
}
