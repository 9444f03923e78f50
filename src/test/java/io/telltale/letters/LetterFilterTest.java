package io.telltale.letters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorId;
import io.telltale.wire.Rejection;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LetterFilterTest {

    private static final LetterFilter OF_SENSOR =
            new LetterFilter(null, null, new SensorId("boiler-7"), OptionalLong.empty());

    @Test
    void selectsByReasonAndTopicInAnyCaseOfTheirHeaders() {
        ConsumerRecord<byte[], byte[]> letter =
                letter(1, "k", "b", "Dead-Letter-Reason", "malformed", "dead-letter-topic", "sensors.a");
        assertThat(filter(Rejection.MALFORMED, "sensors.a").test(letter)).isTrue();
        assertThat(filter(Rejection.MALFORMED, null).test(letter)).isTrue();
        assertThat(filter(Rejection.TOO_LARGE, "sensors.a").test(letter)).isFalse();
        assertThat(filter(Rejection.MALFORMED, "sensors.ab").test(letter)).isFalse();
        assertThat(filter(Rejection.MALFORMED, null).test(letter(1, "k", "b"))).isFalse();
    }

    @Test
    void selectsLettersSinceAnInstant() {
        LetterFilter since = new LetterFilter(null, null, null, OptionalLong.of(100));
        assertThat(since.test(letter(100, "k", "b"))).isTrue();
        assertThat(since.test(letter(99, "k", "b"))).isFalse();
    }

    @Test
    void selectsASensorByKeySubjectAndBody() {
        assertThat(OF_SENSOR.test(letter(1, "boiler-7", "{"))).isTrue();
        assertThat(OF_SENSOR.test(letter(1, null, "{", "ce_subject", "boiler-7")))
                .isTrue();
        assertThat(OF_SENSOR.test(letter(1, "boiler-8", "{\"sensorId\":\"boiler-7\"}")))
                .isTrue();
        assertThat(OF_SENSOR.test(letter(1, null, "[{\"bn\":\"boiler-7\",\"v\":1}]")))
                .isTrue();
        assertThat(OF_SENSOR.test(letter(1, "boiler-77", "{\"sensorId\":\"boiler-77\"}")))
                .isFalse();
        assertThat(OF_SENSOR.test(letter(1, null, null))).isFalse();
    }

    private static LetterFilter filter(@Nullable Rejection reason, @Nullable String topic) {
        return new LetterFilter(reason, topic, null, OptionalLong.empty());
    }

    private static ConsumerRecord<byte[], byte[]> letter(
            long rejectedAtMillis, @Nullable String key, @Nullable String body, String... headers) {
        RecordHeaders all = new RecordHeaders();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(headers[i], headers[i + 1].getBytes(UTF_8));
        }
        return new ConsumerRecord<>(
                "sensor-dead-letters",
                0,
                0,
                rejectedAtMillis,
                TimestampType.LOG_APPEND_TIME,
                0,
                0,
                key == null ? null : key.getBytes(UTF_8),
                body == null ? null : body.getBytes(UTF_8),
                all,
                Optional.empty());
    }
}
