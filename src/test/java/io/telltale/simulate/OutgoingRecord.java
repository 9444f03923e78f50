package io.telltale.simulate;

import org.jspecify.annotations.Nullable;

/** A record on its way to Kafka, and what should become of it. Its arrays are shared: nobody writes to them. */
public final class OutgoingRecord {

    private final String topic;
    private final byte @Nullable [] key;
    private final byte @Nullable [] body;
    private final Outcome outcome;

    OutgoingRecord(String topic, byte @Nullable [] key, byte @Nullable [] body, Outcome outcome) {
        this.topic = topic;
        this.key = key;
        this.body = body;
        this.outcome = outcome;
    }

    public String topic() {
        return topic;
    }

    public byte @Nullable [] key() {
        return key;
    }

    public byte @Nullable [] body() {
        return body;
    }

    public Outcome outcome() {
        return outcome;
    }

    /** Bytes of key and body. */
    int sizeBytes() {
        return (key == null ? 0 : key.length) + (body == null ? 0 : body.length);
    }
}
