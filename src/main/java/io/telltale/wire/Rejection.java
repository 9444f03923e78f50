package io.telltale.wire;

/** Why a record goes to the dead letters. The codes are part of the contract and never change. */
public enum Rejection {
    /** No body, or one that is not a JSON object in UTF-8 and nothing else. */
    MALFORMED("malformed"),
    /** A field that every reading needs is not there. */
    MISSING_FIELD("missing-field"),
    /** The id, wherever it came from, is not of the form of an id. */
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
    /** The unit is not of the form of a unit. */
    INVALID_UNIT("invalid-unit"),
    /** The site is not of the form of a site. */
    INVALID_SITE("invalid-site"),
    /** The body is over 64 KiB. */
    TOO_LARGE("too-large");

    private final String code;

    Rejection(String code) {
        this.code = code;
    }

    /** The code as in the header {@code dead-letter-reason}, in the metric's label and in answers over HTTP. */
    public String code() {
        return code;
    }

    @Override
    public String toString() {
        return code;
    }
}
