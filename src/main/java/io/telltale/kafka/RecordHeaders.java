package io.telltale.kafka;

import io.telltale.wire.HeaderValues;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Gives the decoders access to the headers of Kafka's records. */
public final class RecordHeaders {

    private RecordHeaders() {}

    /** The headers of a record; {@link HeaderValues#NONE} without any, so that no decoder looks for one. */
    public static HeaderValues of(ConsumerRecord<?, ?> record) {
        if (record.headers().toArray().length == 0) {
            return HeaderValues.NONE;
        }
        return name -> {
            Header header = record.headers().lastHeader(name);
            return header == null ? null : header.value();
        };
    }
}
