package io.telltale.kafka;

import io.telltale.wire.HeaderValues;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Gives the decoders access to the headers of Kafka's records. */
public final class RecordHeaders {

    private RecordHeaders() {}

    /** The headers of a record; {@link HeaderValues#NONE} without any, so that no decoder looks for one. */
    public static HeaderValues of(ConsumerRecord<?, ?> record) {
        Header[] headers = record.headers().toArray();
        return headers.length == 0 ? HeaderValues.NONE : name -> last(headers, name);
    }

    /** Kafka's own search distinguishes the case of letters, which clients do not agree on. */
    private static byte @Nullable [] last(Header[] headers, String name) {
        for (int i = headers.length - 1; i >= 0; i--) {
            if (headers[i].key().equalsIgnoreCase(name)) {
                return headers[i].value();
            }
        }
        return null;
    }
}
