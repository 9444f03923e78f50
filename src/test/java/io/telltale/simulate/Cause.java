package io.telltale.simulate;

/** Why a record is sent that the service should accept. */
public enum Cause {
    /** A reading, when it was due. */
    ON_TIME,
    /** A reading whose timestamp is minutes to hours old. */
    LATE,
    /** A reading that younger ones of its sensor have overtaken. */
    OUT_OF_ORDER,
    /** The same record as before, once more. */
    REPEAT,
    /** Another value for a sensor and millisecond that were sent before. */
    CORRECTION
}
