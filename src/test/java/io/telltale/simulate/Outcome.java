package io.telltale.simulate;

import io.telltale.sensors.Reading;

/** What the contract has the service do with a record. */
public sealed interface Outcome {

    /** It is stored, and stays until a later record for the same sensor and millisecond replaces it. */
    record Stored(Reading reading, Cause cause) implements Outcome {}

    /** It goes to the dead letters, with this reason. */
    record Rejected(String reason) implements Outcome {}
}
