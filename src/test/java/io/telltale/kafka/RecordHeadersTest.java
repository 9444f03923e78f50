package io.telltale.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.wire.HeaderValues;
import io.telltale.wire.RecordDecoder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordHeadersTest {

    private final ConsumerRecord<byte[], byte[]> record =
            new ConsumerRecord<>("sensors.a", 0, 0, new byte[0], new byte[0]);

    @Test
    void findsTheLastHeaderInAnyLetterCase() {
        record.headers().add("Content-Type", "text/x".getBytes(UTF_8)).add("CE_Subject", "a".getBytes(UTF_8));
        record.headers()
                .add("CONTENT-TYPE", "application/senml+json".getBytes(UTF_8))
                .add("x", null);

        HeaderValues headers = RecordHeaders.of(record);
        assertThat(headers.of("content-type")).asString(UTF_8).isEqualTo("application/senml+json");
        assertThat(headers.of("ce_subject")).asString(UTF_8).isEqualTo("a");
        assertThat(headers.of("x")).isNull();
        assertThat(headers.of("ce_time")).isNull();
        assertThat(RecordDecoder.isPack(headers)).isTrue();
    }

    @Test
    void readsNoHeadersWhereThereAreNone() {
        assertThat(RecordHeaders.of(record)).isSameAs(HeaderValues.NONE);
    }
}
