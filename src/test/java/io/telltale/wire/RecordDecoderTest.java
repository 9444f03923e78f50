package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Pack;
import io.telltale.wire.DecodeResult.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordDecoderTest {

    private static final SensorType TYPE = new SensorType("climate");
    private static final long RECORD_TIME_MILLIS = 1_700_000_000_456L;
    private static final String PACK = "[{\"n\":\"a\",\"v\":1}]";
    private static final String READING = "{\"sensorId\":\"body\",\"timestamp\":\"2023-01-01T00:00:00Z\",\"value\":1}";

    private final RecordDecoder decoder = new RecordDecoder();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/senml+json",
                "Application/SenML+JSON",
                "application/senml+json; charset=utf-8",
                "application/senml+json;ct=110",
                " application/senml+json \t",
                "application/senml+json ;",
            })
    void detectsAPackByItsContentType(String contentType) {
        Map<String, String> headers = Map.of("content-type", contentType);

        assertThat(RecordDecoder.isPack(of(headers))).isTrue();
        assertThat(decode(headers, null, PACK)).isInstanceOf(Pack.class);
        assertThat(decode(headers, null, READING).rejected()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ";",
                "application/json",
                "application/json; of=application/senml+json",
                "application/senml",
                "application/senml+jsonx",
                "xapplication/senml+json",
                "application/senml+cbor",
                "application/sensml+json",
                "application/cloudevents+json",
            })
    void decodesOtherRecordsAsOneReading(String contentType) {
        Map<String, String> headers = Map.of("content-type", contentType);

        assertThat(RecordDecoder.isPack(of(headers))).isFalse();
        assertThat(decode(headers, null, READING)).isInstanceOf(Accepted.class);
        assertThat(decode(headers, null, PACK).rejected())
                .isEqualTo(new Rejected(
                        Rejection.MALFORMED,
                        "body is an array; expected a JSON object; it looks like a SenML pack: set the header"
                                + " content-type to application/senml+json"));
    }

    @Test
    void ignoresKeyAndHeadersOfAPack() {
        Map<String, String> headers =
                Map.of("content-type", "application/senml+json", "ce_subject", "b", "ce_time", "2023-01-01T00:00:00Z");

        assertThat(decode(headers, "gateway 7", PACK).accepted())
                .containsExactly(new Accepted(
                        new Reading(new SensorId("a"), TYPE, RECORD_TIME_MILLIS, new Value.Numeric(1)),
                        Description.NONE));
        assertThat(decode(headers, "a", "[{\"v\":1}]").rejected())
                .extracting(rejected -> rejected == null ? null : rejected.reason())
                .isEqualTo(Rejection.MISSING_FIELD);
    }

    // ---- CloudEvents in binary mode

    @ParameterizedTest(name = "body {0}, key {1}, ce_subject {2}: {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                "body, body, subject, body",
                "body, -, subject, body",
                "body, -, not/an/id, body",
                "-, key, subject, key",
                "-, key, not/an/id, key",
                "-, -, subject, subject",
                "-, '', subject, subject",
            })
    void takesTheIdFromBodyKeyOrSubject(@Nullable String inBody, @Nullable String key, String subject, String sensor) {
        String id = inBody == null ? "" : "\"sensorId\":\"%s\",".formatted(inBody);

        assertThat(decode(
                                Map.of("ce_subject", subject),
                                key,
                                "{%s\"timestamp\":1700000000000,\"value\":1}".formatted(id))
                        .accepted())
                .extracting(accepted -> accepted.reading().sensorId().value())
                .containsExactly(sensor);
    }

    @ParameterizedTest(name = "timestamp {0}, ce_time {1}: {2}")
    @CsvSource(
            nullValues = "-",
            value = {
                "1700000000000, 2023-01-01T00:00:00Z, 1700000000000",
                "1700000000000, yesterday, 1700000000000",
                "-, 2023-01-01T00:00:00.123999+01:00, 1672527600123",
                "-, 2023-01-01T00:00+0100, 1672527600000",
                "null, 2023-01-01T00:00:00Z, 1672531200000",
            })
    void takesTheTimeFromBodyOrHeader(@Nullable String timestamp, String time, long millis) {
        String inBody = timestamp == null ? "" : "\"timestamp\":%s,".formatted(timestamp);

        assertThat(decode(Map.of("ce_time", time), "a", "{%s\"value\":1}".formatted(inBody))
                        .accepted())
                .extracting(accepted -> accepted.reading().timestampMillis())
                .containsExactly(millis);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "not/an/id || {\"timestamp\":1700000000000,\"value\":1} | INVALID_SENSOR_ID"
                        + " | sensorId is only in the header ce_subject, as 'not/an/id'; expected",
                "`` || {\"timestamp\":1700000000000,\"value\":1} | MISSING_FIELD | sensorId is neither",
                "a | 2023-01-01 | {\"value\":1} | INVALID_TIMESTAMP"
                        + " | timestamp is only in the header ce_time, as '2023-01-01'; expected an RFC 3339 time",
                "a | 1700000000000 | {\"value\":1} | INVALID_TIMESTAMP | timestamp is only in the header ce_time",
                "a | 2024-01-01T00:00:00Z | {\"value\":1} | TIMESTAMP_IN_FUTURE | timestamp is only in the header ce_time",
                "a | `` | {\"value\":1} | MISSING_FIELD | timestamp is missing",
                "a | 2023-01-01T00:00:00Z | {\"timestamp\":7,\"value\":1} | INVALID_TIMESTAMP | timestamp is 7, which looks like",
                "a | 2023-01-01T00:00:00Z | {\"sensorId\":\"?\",\"value\":1} | INVALID_SENSOR_ID | sensorId is '?'",
            })
    void rejectsAnInvalidHeaderThatIsNeeded(
            String subject, @Nullable String time, String body, Rejection reason, String detail) {
        assertThat(decode(Map.of("ce_subject", subject, "ce_time", time == null ? "" : time), null, body))
                .isInstanceOfSatisfying(Rejected.class, rejected -> {
                    assertThat(rejected.reason()).as(rejected.detail()).isEqualTo(reason);
                    assertThat(rejected.detail()).contains(detail).hasSizeLessThan(1_000);
                });
    }

    @Test
    void rejectsAnInvalidKeyDespiteASubject() {
        assertThat(decode(Map.of("ce_subject", "subject"), "tenant 7", "{\"timestamp\":1700000000000,\"value\":1}")
                        .rejected())
                .isNotNull()
                .satisfies(rejected -> assertThat(rejected.detail()).startsWith("sensorId is only in the key"));
    }

    @Test
    void shortensALongHeaderInTheDetail() {
        assertThat(decode(
                                Map.of("ce_subject", "x".repeat(100_000), "ce_time", "2".repeat(100_000)),
                                null,
                                "{\"value\":1}")
                        .rejected())
                .isNotNull()
                .satisfies(rejected -> assertThat(rejected.detail()).hasSizeLessThan(500));
    }

    @Test
    void readsHeadersOnlyIfNeeded() {
        List<String> asked = new ArrayList<>();
        HeaderValues headers = name -> {
            asked.add(name);
            return null;
        };

        decoder.decode(TYPE, headers, null, READING.getBytes(UTF_8), RECORD_TIME_MILLIS);
        assertThat(asked).containsExactly("content-type");
        decoder.decode(TYPE, headers, null, "{\"value\":1}".getBytes(UTF_8), RECORD_TIME_MILLIS);
        assertThat(asked).containsExactly("content-type", "content-type", "ce_subject", "ce_time");
    }

    private DecodeResult decode(Map<String, String> headers, @Nullable String key, String body) {
        return decoder.decode(
                TYPE, of(headers), key == null ? null : key.getBytes(UTF_8), body.getBytes(UTF_8), RECORD_TIME_MILLIS);
    }

    private static HeaderValues of(Map<String, String> headers) {
        return name -> {
            String value = headers.get(name);
            return value == null ? null : value.getBytes(UTF_8);
        };
    }
}
