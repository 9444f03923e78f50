package io.telltale.sealing;

import java.util.Set;

/** Learns each version of the keyset's file. Called by one thread at a time. */
public interface KeysetListener {

    /**
     * A version of the file is in force.
     *
     * @param file its path
     * @param enabled the ids of the keys that open values
     * @param primary the id of the key that wraps new data keys
     */
    void read(String file, Set<String> enabled, String primary);

    /** A later version is not valid or cannot be read. The last good one stays in force. */
    void failed(String file);
}
