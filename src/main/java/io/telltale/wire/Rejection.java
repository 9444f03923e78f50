package io.telltale.wire;

/** Why a record goes to the dead letters. The codes are part of the contract and never change. */
public enum Rejection {
    /** No body, or one that is not a JSON object in UTF-8 and nothing else. */
    MALFORMED("malformed"),
    /** A required field is absent. */
    MISSING_FIELD("missing-field"),
    /** The id, from whatever source, is not valid. */
    INVALID_SENSOR_ID("invalid-sensor-id"),
    /** The record's key names another sensor than its body. */
    KEY_MISMATCH("key-mismatch"),
    /** The body names another type than its topic, or the sensor is registered under another type. */
    TYPE_MISMATCH("type-mismatch"),
    /** The timestamp is neither RFC 3339 with an offset nor plausible epoch milliseconds. */
    INVALID_TIMESTAMP("invalid-timestamp"),
    /** The timestamp is more than ten minutes after the record time. */
    TIMESTAMP_IN_FUTURE("timestamp-in-future"),
    /** The value is neither a finite number that a double can hold, nor a boolean, nor a short text. */
    INVALID_VALUE("invalid-value"),
    /** The body is over 64 KiB. */
    TOO_LARGE("too-large");

    private final String code;

    Rejection(String code) {
        this.code = code;
    }

    /** The code in header {@code dead-letter-reason}, in the label of the metric, and in HTTP responses. */
    public String code() {
        return code;
    }

    @Override
    public String toString() {
        return code;
    }
}
