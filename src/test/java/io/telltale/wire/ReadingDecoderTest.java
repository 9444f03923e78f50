package io.telltale.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingDecoderTest {

    private static final SensorType TYPE = new SensorType("temperature");
    private static final String TIME = "2026-01-31T12:34:56.789Z";
    private static final long TIME_MILLIS = Instant.parse(TIME).toEpochMilli();
    private static final long RECORD_TIME_MILLIS = TIME_MILLIS + 5;

    /** All fields may be invalid at once. */
    private static final int MAX_DETAIL = 1_400;

    private final ReadingDecoder decoder = new ReadingDecoder();

    @Test
    void readsEveryFieldOfTheContract() {
        DecodeResult decoded = decode("boiler-7", """
                {"sensorId":"boiler-7","type":"temperature","timestamp":"2026-01-31T12:34:56.789Z",
                 "value":21.5,"unit":"Cel","site":"north:hall_2"}""");

        assertThat(decoded)
                .isEqualTo(new Accepted(
                        new Reading(new SensorId("boiler-7"), TYPE, TIME_MILLIS, new Value.Numeric(21.5)),
                        new Description("Cel", "north:hall_2")));
    }

    @Test
    void decodesABodyWithRequiredFieldsOnly() {
        assertThat(decode(null, "{\"value\":1,\"timestamp\":1767225600000,\"sensorId\":\"a\"}"))
                .isEqualTo(new Accepted(
                        new Reading(new SensorId("a"), TYPE, 1767225600000L, new Value.Numeric(1)), Description.NONE));
    }

    // ---- values

    static final List<Arguments> GOOD_VALUES = List.of(
            Arguments.of("0", new Value.Numeric(0.0)),
            Arguments.of("21", new Value.Numeric(21)),
            Arguments.of("-40", new Value.Numeric(-40)),
            Arguments.of("0.1", new Value.Numeric(0.1)),
            Arguments.of("-0.0", new Value.Numeric(-0.0)),
            Arguments.of("1e3", new Value.Numeric(1000)),
            Arguments.of("1E-7", new Value.Numeric(1e-7)),
            Arguments.of("1.7976931348623157e308", new Value.Numeric(Double.MAX_VALUE)),
            Arguments.of("4.9e-324", new Value.Numeric(Double.MIN_VALUE)),
            Arguments.of("1e-400", new Value.Numeric(0.0)),
            Arguments.of("0." + "1".repeat(2_000), new Value.Numeric(1 / 9.0)),
            Arguments.of("9007199254740992", new Value.Numeric(0x1p53)),
            Arguments.of("-9007199254740994", new Value.Numeric(-0x1p53 - 2)),
            Arguments.of("-9223372036854775808", new Value.Numeric(-0x1p63)),
            Arguments.of("9223372036854775808", new Value.Numeric(0x1p63)),
            Arguments.of("1" + "0".repeat(22), new Value.Numeric(1e22)),
            Arguments.of("9007199254740993.0", new Value.Numeric(0x1p53)),
            Arguments.of("true", Value.Flag.TRUE),
            Arguments.of("false", Value.Flag.FALSE),
            Arguments.of("\"\"", new Value.Text("")),
            Arguments.of("\"NaN\"", new Value.Text("NaN")),
            Arguments.of("\"auf \\\"\\u00e4\\n\\\\\"", new Value.Text("auf \"ä\n\\")),
            Arguments.of("\"\\ud83d\\ude00\"", new Value.Text("😀")),
            Arguments.of("\"😀\"", new Value.Text("😀")),
            Arguments.of("\"\\u0000\"", new Value.Text("\u0000")),
            Arguments.of("\"" + "x".repeat(1_024) + "\"", new Value.Text("x".repeat(1_024))),
            Arguments.of("\"" + "😀".repeat(1_024) + "\"", new Value.Text("😀".repeat(1_024))));

    @ParameterizedTest
    @FieldSource("GOOD_VALUES")
    void acceptsNumbersBooleansAndShortTexts(String json, Value value) {
        assertThat(accepted(decode("a", withValue(json))).reading().value()).isEqualTo(value);
    }

    static final List<Arguments> BAD_VALUES = List.of(
            Arguments.of("null", "value is null; expected a finite number"),
            Arguments.of("{}", "value is an object"),
            Arguments.of("{\"value\":1}", "value is an object"),
            Arguments.of("[1]", "value is an array"),
            Arguments.of("1e400", "value is 1e400, beyond the range of a double"),
            Arguments.of("-1e400", "value is -1e400, beyond"),
            Arguments.of("1" + "0".repeat(400) + ".5", "beyond the range of a double"),
            Arguments.of("9007199254740993", "value is 9007199254740993, an integer that a double cannot hold"),
            Arguments.of("-9007199254740993", "an integer that a double cannot hold"),
            Arguments.of("9223372036854775807", "an integer that a double cannot hold"),
            Arguments.of("9223372036854775809", "an integer that a double cannot hold"),
            Arguments.of("1" + "0".repeat(23), "an integer that a double cannot hold"),
            Arguments.of("1" + "0".repeat(309), "an integer that a double cannot hold"),
            Arguments.of("1" + "0".repeat(60_000), "an integer that a double cannot hold"),
            Arguments.of("\"" + "x".repeat(1_025) + "\"", "value is a string of 1,025 code points"),
            Arguments.of("\"" + "😀".repeat(1_025) + "\"", "value is a string of 1,025 code points"),
            Arguments.of("\"\\ud83d\"", "half of a surrogate pair"),
            Arguments.of("\"\\ude00\\ud83d\"", "half of a surrogate pair"),
            Arguments.of("\"\\ud83dx\"", "half of a surrogate pair"));

    @ParameterizedTest
    @FieldSource("BAD_VALUES")
    void rejectsOtherValues(String json, String detail) {
        assertRejected(decode("a", withValue(json)), Rejection.INVALID_VALUE, detail);
    }

    // ---- timestamps

    @ParameterizedTest
    @CsvSource({
        "'\"2026-01-31T12:34:56.789Z\"', 1769862896789",
        "'\"2026-01-31t14:34:56.7899999+02:00\"', 1769862896789",
        "'\"2026-01-31 12:34:56z\"', 1769862896000",
        "'\"2026-01-31T12:34:56\\u005a\"', 1769862896000",
        "'\"1969-12-31T23:59:59.9999Z\"', -1",
        "'\"0000-01-01T00:00:00Z\"', -62167219200000",
        "100000000000, 100000000000",
        "1769862896789, 1769862896789",
        "1769862896789.0, 1769862896789",
        "1.769862896789e12, 1769862896789",
        "1.769862896789E+12, 1769862896789",
        "'\"2026-01-31T12:34Z\"', 1769862840000",
        "'\"2026-01-31T12:34:56,789+0000\"', 1769862896789",
        "'\"2026-01-31T13:34:56+01\"', 1769862896000",
    })
    void takesRfc3339AndPlausibleEpochMilliseconds(String json, long millis) {
        assertThat(accepted(decode("a", withTimestamp(json))).reading().timestampMillis())
                .isEqualTo(millis);
    }

    static final List<Arguments> BAD_TIMESTAMPS = List.of(
            Arguments.of("0", "timestamp is 0, which looks like seconds"),
            Arguments.of("-0", "looks like seconds"),
            Arguments.of("1769862896", "timestamp is 1769862896, which looks like seconds"),
            Arguments.of("99999999999", "which looks like seconds"),
            Arguments.of("100000000000000", "which looks like microseconds"),
            Arguments.of("99999999999999999", "which looks like microseconds"),
            Arguments.of("100000000000000000", "which looks like nanoseconds"),
            Arguments.of("9223372036854775807", "which looks like nanoseconds"),
            Arguments.of("9223372036854775808", "which looks like nanoseconds"),
            Arguments.of("-1", "which is negative; send earlier instants as RFC 3339"),
            Arguments.of("-9223372036854775809", "which is negative"),
            Arguments.of("1769862896.5", "timestamp is 1769862896.5, which looks like seconds"),
            Arguments.of("1.7e9", "timestamp is 1.7e9, which looks like seconds"),
            Arguments.of("1769862896789.5", "timestamp is 1769862896789.5, which is not an integer; expected an RFC"),
            Arguments.of("1e99999999999", "timestamp is 1e99999999999, which is out of range; expected"),
            Arguments.of("true", "timestamp is true; expected"),
            Arguments.of("{\"seconds\":1}", "timestamp is an object; expected"),
            Arguments.of("[1769862896789]", "timestamp is an array; expected"),
            Arguments.of("\"\"", "timestamp is ''; expected"),
            Arguments.of("\"1769862896789\"", "timestamp is '1769862896789'; expected"),
            Arguments.of("\"2026-02-30T00:00:00Z\"", "timestamp is '2026-02-30T00:00:00Z'; expected"),
            Arguments.of("\"2026-01-31T12:34:56\"", "expected an RFC 3339 time with an offset"),
            Arguments.of("\"0000-01-01T00:00:00+00:01\"", "expected"),
            Arguments.of("\"" + "9".repeat(60_000) + "\"", "9…'; expected"));

    @ParameterizedTest
    @FieldSource("BAD_TIMESTAMPS")
    void rejectsOtherTimestamps(String json, String detail) {
        assertRejected(decode("a", withTimestamp(json)), Rejection.INVALID_TIMESTAMP, detail);
    }

    @Test
    void rejectsATimestampOverTenMinutesInTheFuture() {
        byte[] body = withTimestamp("\"" + TIME + "\"").getBytes(UTF_8);
        byte[] key = "a".getBytes(UTF_8);

        assertThat(decoder.decode(TYPE, key, body, TIME_MILLIS - 600_000)).isInstanceOf(Accepted.class);
        assertThat(decoder.decode(TYPE, key, body, Long.MAX_VALUE)).isInstanceOf(Accepted.class);
        assertRejected(
                decoder.decode(TYPE, key, body, TIME_MILLIS - 600_001),
                Rejection.TIMESTAMP_IN_FUTURE,
                "timestamp is '2026-01-31T12:34:56.789Z', 600001 ms after the record time");
        assertThat(decoder.decode(TYPE, key, body, Long.MIN_VALUE)).isInstanceOf(Rejected.class);
    }

    // ---- ids and keys

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, '\"sensorId\":\"a\",'",
                "a, '\"sensorId\":\"a\",'",
                "a, ''",
                "a, '\"sensorId\":null,'",
                "'', '\"sensorId\":\"a\",'",
                "-, '\"sensorId\":\"\\u0061\",'",
            })
    void takesTheIdFromTheBodyOrTheKey(@Nullable String key, String idMember) {
        DecodeResult decoded = decode(key, "{%s\"timestamp\":1769862896789,\"value\":1}".formatted(idMember));

        assertThat(accepted(decoded).reading().sensorId()).isEqualTo(new SensorId("a"));
    }

    static final List<Arguments> BAD_IDS = List.of(
            Arguments.of(null, "", Rejection.MISSING_FIELD, "sensorId is neither in the body nor as the key"),
            Arguments.of("", "", Rejection.MISSING_FIELD, "sensorId is neither"),
            Arguments.of(null, "\"sensorId\":null,", Rejection.MISSING_FIELD, "sensorId is neither"),
            Arguments.of("b", "\"sensorId\":\"a\",", Rejection.KEY_MISMATCH, "sensorId is 'a' and the key 'b'"),
            Arguments.of("ab", "\"sensorId\":\"a\",", Rejection.KEY_MISMATCH, "the key 'ab'"),
            Arguments.of(" a", "\"sensorId\":\"a\",", Rejection.KEY_MISMATCH, "the key ' a'"),
            Arguments.of("ä", "\"sensorId\":\"a\",", Rejection.KEY_MISMATCH, "the key 'ä'"),
            Arguments.of(
                    "a b", "", Rejection.INVALID_SENSOR_ID, "sensorId is only in the key, as 'a b'; expected a letter"),
            Arguments.of("ä", "", Rejection.INVALID_SENSOR_ID, "'ä'"),
            Arguments.of("x".repeat(129), "", Rejection.INVALID_SENSOR_ID, "xxx…'"),
            Arguments.of("a", "\"sensorId\":7,", Rejection.INVALID_SENSOR_ID, "sensorId is 7; expected"),
            Arguments.of("a", "\"sensorId\":{\"a\":[]},", Rejection.INVALID_SENSOR_ID, "sensorId is an object"),
            Arguments.of("a", "\"sensorId\":\"\",", Rejection.INVALID_SENSOR_ID, "sensorId is ''"),
            Arguments.of(null, "\"sensorId\":\"-a\",", Rejection.INVALID_SENSOR_ID, "sensorId is '-a'"),
            Arguments.of(null, "\"sensorId\":\"a\\u0000\",", Rejection.INVALID_SENSOR_ID, "sensorId is 'a?'"),
            Arguments.of(null, "\"sensorId\":\"" + "x".repeat(129) + "\",", Rejection.INVALID_SENSOR_ID, "xxx…'"));

    @ParameterizedTest
    @FieldSource("BAD_IDS")
    void rejectsOtherIdsAndKeys(@Nullable String key, String idMember, Rejection reason, String detail) {
        assertRejected(decode(key, "{%s\"timestamp\":1769862896789,\"value\":1}".formatted(idMember)), reason, detail);
    }

    @Test
    void rejectsAKeyThatIsNotUtf8() {
        byte[] key = {'a', (byte) 0xff};

        assertRejected(
                decoder.decode(TYPE, key, withValue("1").getBytes(UTF_8), RECORD_TIME_MILLIS),
                Rejection.INVALID_SENSOR_ID,
                "only in the key");
        assertRejected(
                decoder.decode(TYPE, key, withMember("\"sensorId\":\"a\"").getBytes(UTF_8), RECORD_TIME_MILLIS),
                Rejection.KEY_MISMATCH,
                "sensorId is 'a' and the key");
    }

    @Test
    void shortensALongKeyInTheDetail() {
        Rejected rejected = (Rejected) decode("k".repeat(100_000), withMember("\"sensorId\":\"a\""));

        assertThat(rejected.detail()).hasSizeLessThan(400);
    }

    // ---- the other fields

    static final List<Arguments> OTHER_FIELDS = List.of(
            Arguments.of(
                    "\"type\":\"humidity\"", Rejection.TYPE_MISMATCH, "type is 'humidity'; expected 'temperature'"),
            Arguments.of("\"type\":\"Temperature\"", Rejection.TYPE_MISMATCH, "type is 'Temperature'"),
            Arguments.of("\"type\":7", Rejection.TYPE_MISMATCH, "type is 7"),
            Arguments.of("\"type\":[]", Rejection.TYPE_MISMATCH, "type is an array"),
            Arguments.of(
                    "\"type\":\"temperature\",\"type\":\"temperature\"", Rejection.MALFORMED, "type is given twice"));

    @ParameterizedTest
    @FieldSource("OTHER_FIELDS")
    void rejectsOtherTypes(String member, Rejection reason, String detail) {
        assertRejected(decode("a", withMember(member)), reason, detail);
    }

    static final List<Arguments> INVALID_DESCRIPTIONS = List.of(
            Arguments.of(
                    "\"unit\":\"12345678901234567\"", DroppedField.Reason.INVALID_UNIT, "unit is '12345678901234567'"),
            Arguments.of(
                    "\"unit\":\" Cel\"",
                    DroppedField.Reason.INVALID_UNIT,
                    "unit is ' Cel'; expected a unit of at most 16"),
            Arguments.of("\"unit\":\"a\\tb\"", DroppedField.Reason.INVALID_UNIT, "unit is 'a?b'"),
            Arguments.of("\"unit\":1", DroppedField.Reason.INVALID_UNIT, "unit is 1"),
            Arguments.of("\"unit\":{\"value\":7}", DroppedField.Reason.INVALID_UNIT, "unit is an object"),
            Arguments.of("\"unit\":\"Cel\",\"unit\":\"K\"", DroppedField.Reason.INVALID_UNIT, "unit is given twice"),
            Arguments.of("\"unit\":7,\"unit\":[],\"unit\":\"K\"", DroppedField.Reason.INVALID_UNIT, "unit is 7"),
            Arguments.of(
                    "\"site\":\"a b \"",
                    DroppedField.Reason.INVALID_SITE,
                    "site is 'a b '; expected a letter or digit"),
            Arguments.of("\"site\":\"" + "x".repeat(65) + "\"", DroppedField.Reason.INVALID_SITE, "xxx…'"),
            Arguments.of("\"site\":false", DroppedField.Reason.INVALID_SITE, "site is false"),
            Arguments.of("\"site\":\"a\",\"site\":\"a\"", DroppedField.Reason.INVALID_SITE, "site is given twice"));

    @ParameterizedTest
    @FieldSource("INVALID_DESCRIPTIONS")
    void dropsAnInvalidUnitOrSite(String member, DroppedField.Reason reason, String detail) {
        Accepted accepted = accepted(decode("a", withMember(member)));

        assertThat(accepted.reading().value()).isEqualTo(new Value.Numeric(1));
        assertThat(accepted.description()).isEqualTo(Description.NONE);
        assertThat(accepted.dropped()).singleElement().satisfies(dropped -> {
            assertThat(dropped.reason()).isEqualTo(reason);
            assertThat(dropped.detail()).contains(detail);
        });
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "`\"unit\":\"°C\",\"site\":\"Plant 2\"`, °C, Plant 2",
                "`\"unit\":\"\\u00b5g/m\\u00b3\"`, µg/m³, -",
                "`\"unit\":\"\u2126\"`, Ω, -",
                "`\"unit\":\"\",\"site\":\"\"`, -, -",
                "`\"unit\":\"deg C\"`, deg C, -",
            })
    void takesUnicodeUnitsAndSitesWithSpaces(String members, @Nullable String unit, @Nullable String site) {
        assertThat(accepted(decode("a", withMember(members))))
                .isEqualTo(new Accepted(
                        new Reading(new SensorId("a"), TYPE, 1769862896789L, new Value.Numeric(1)),
                        Description.of(unit, site)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"timestamp", "value"})
    void rejectsAMissingField(String field) {
        String body = withValue("1").replace("\"" + field + "\"", "\"other\"");

        assertRejected(decode("a", body), Rejection.MISSING_FIELD, field + " is missing; expected");
    }

    @Test
    void treatsNullAsAnAbsentField() {
        assertThat(accepted(decode("a", withMember("\"type\":null,\"unit\":null,\"site\":null")))
                        .description())
                .isEqualTo(Description.NONE);
        assertRejected(
                decode("a", "{\"timestamp\":null,\"value\":1}"), Rejection.MISSING_FIELD, "timestamp is missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"firmware\":\"1.2\"",
                "\"firmware\":{\"value\":null,\"sensorId\":[1,{\"timestamp\":{}}]}",
                "\"x\":1e999999",
                "\"x\":null,\"x\":true",
                "\"Value\":2",
                "\"\":2",
                "\"x\":\"\\ud800\"",
            })
    void ignoresUnknownFields(String member) {
        assertThat(accepted(decode("a", withMember(member))).reading().value()).isEqualTo(new Value.Numeric(1));
    }

    @Test
    void ignoresUnknownFieldsUpToABoundedDepth() {
        String deepest = "[".repeat(63) + "]".repeat(63);
        String tooDeep = "[".repeat(64) + "]".repeat(64);

        assertThat(decode("a", withMember("\"x\":" + deepest))).isInstanceOf(Accepted.class);
        assertRejected(
                decode("a", withMember("\"x\":" + tooDeep)), Rejection.MALFORMED, "at most 64 levels of nesting");
    }

    @Test
    void toleratesManyUnknownFields() {
        Random random = new Random(5);
        for (int i = 0; i < 50_000; i++) {
            String member = "\"f%x\":%d".formatted(random.nextLong(), i);

            assertThat(decode("a", withMember(member))).isInstanceOf(Accepted.class);
        }
    }

    // ---- bodies

    static final List<Arguments> MALFORMED = List.of(
            Arguments.of("", "no body"),
            Arguments.of(" ", "body is empty; expected a JSON object"),
            Arguments.of("null", "body is null; expected a JSON object"),
            Arguments.of("7", "body is 7"),
            Arguments.of("\"a\"", "body is 'a'"),
            Arguments.of("[]", "body is an array"),
            Arguments.of("[{\"sensorId\":\"a\"}]", "body is an array"),
            Arguments.of("{", "body is not JSON at byte 1"),
            Arguments.of("{\"value\":1", "body is not JSON"),
            Arguments.of("{\"value\":1,}", "body is not JSON"),
            Arguments.of("{'value':1}", "body is not JSON"),
            Arguments.of("{value:1}", "body is not JSON"),
            Arguments.of("{\"value\":NaN}", "body is not JSON at byte 9: found 'NaN'; expected a value such as"),
            Arguments.of("{\"value\":Infinity}", "body is not JSON"),
            Arguments.of("{\"value\":01}", "body is not JSON"),
            Arguments.of("{\"value\":1.}", "body is not JSON"),
            Arguments.of("{\"value\":.5}", "body is not JSON"),
            Arguments.of("{\"value\":+5}", "body is not JSON"),
            Arguments.of("{\"value\":\"a\nb\"}", "body is not JSON"),
            Arguments.of("{\"value\":\"\\x\"}", "body is not JSON"),
            Arguments.of("{\"x\":\"\\uzzzz\"}", "body is not JSON"),
            Arguments.of("{} // done", "body is not JSON"),
            Arguments.of("{\"value\":1} x", "body is not JSON"),
            Arguments.of("{\"value\":1}\u0000", "body is not JSON"),
            Arguments.of("{\"value\":1} {}", "body continues with an object after its end"),
            Arguments.of("{\"value\":1} 7", "body continues with 7 after its end"),
            Arguments.of("{\"value\":1,\"value\":1}", "value is given twice"),
            Arguments.of("{\"timestamp\":null,\"timestamp\":null}", "timestamp is given twice"),
            Arguments.of("<?xml?>", "body is not JSON at byte"));

    @ParameterizedTest
    @FieldSource("MALFORMED")
    void rejectsOtherJsonThanOneObject(String body, String detail) {
        assertRejected(decode("a", body), Rejection.MALFORMED, detail);
    }

    @Test
    void rejectsARecordWithoutBody() {
        assertRejected(
                decoder.decode(TYPE, "a".getBytes(UTF_8), null, RECORD_TIME_MILLIS), Rejection.MALFORMED, "no body");
    }

    static Stream<Charset> otherCharsets() {
        return Stream.of(
                UTF_16BE,
                UTF_16LE,
                Charset.forName("UTF-16"),
                Charset.forName("UTF-32BE"),
                Charset.forName("UTF-32LE"));
    }

    @ParameterizedTest
    @MethodSource("otherCharsets")
    void rejectsJsonThatIsNotUtf8(Charset charset) {
        assertRejected(
                decoder.decode(TYPE, null, withMember("\"sensorId\":\"a\"").getBytes(charset), RECORD_TIME_MILLIS),
                Rejection.MALFORMED,
                "body is not");
    }

    @Test
    void rejectsBytesThatAreNotUtf8EvenWhereNobodyLooks() {
        byte[] body = withMember("\"x\":\"ä\"").getBytes(ISO_8859_1);

        assertRejected(
                decoder.decode(TYPE, "a".getBytes(UTF_8), body, RECORD_TIME_MILLIS),
                Rejection.MALFORMED,
                "body is not UTF-8");
    }

    @Test
    void skipsAByteOrderMark() {
        assertThat(decode("a", "\ufeff" + withValue("1"))).isInstanceOf(Accepted.class);
        assertRejected(decode("a", "\ufeff"), Rejection.MALFORMED, "body is empty");
        assertRejected(decode("a", "\ufeff\ufeff" + withValue("1")), Rejection.MALFORMED, "body is not JSON");
    }

    @Test
    void takesABodyOf64KibAndNoByteMore() {
        String body = withValue("1");
        String largest = body + " ".repeat(65_536 - body.length());

        assertThat(decode("a", largest)).isInstanceOf(Accepted.class);
        assertRejected(decode("a", largest + " "), Rejection.TOO_LARGE, "body is 65537 bytes; expected at most 65536");
        assertRejected(decode("a", "x".repeat(70_000)), Rejection.TOO_LARGE, "body is 70000 bytes");
    }

    // ---- which reason wins

    @Test
    void reportsTheFirstFaultInTheOrderOfTheContract() {
        String site = "\"site\":\"?\"";
        String unit = "\"unit\":\"?? ??\"";
        String value = "\"value\":null";
        String timestamp = "\"timestamp\":7";
        String type = "\"type\":\"humidity\"";
        String id = "\"sensorId\":\"?\"";
        String goodTimestamp = "\"timestamp\":1769862896789";

        assertReason("k", Rejection.MALFORMED, site, unit, value, timestamp, type, id, "\"x\":");
        assertReason("k", Rejection.INVALID_SENSOR_ID, site, unit, value, timestamp, type, id);
        assertReason("b", Rejection.KEY_MISMATCH, site, unit, value, timestamp, type, "\"sensorId\":\"a\"");
        assertReason(null, Rejection.MISSING_FIELD, site, unit, value, timestamp, type);
        assertReason("k", Rejection.TYPE_MISMATCH, site, unit, value, timestamp, type);
        assertReason("k", Rejection.INVALID_TIMESTAMP, site, unit, value, timestamp);
        assertReason("k", Rejection.TIMESTAMP_IN_FUTURE, site, unit, value, "\"timestamp\":\"3000-01-01T00:00:00Z\"");
        assertReason("k", Rejection.MISSING_FIELD, site, unit, value);
        assertReason("k", Rejection.INVALID_VALUE, site, unit, value, goodTimestamp);
        assertReason("k", Rejection.MISSING_FIELD, site, unit, goodTimestamp);
    }

    private void assertReason(@Nullable String key, Rejection reason, String... members) {
        assertRejected(decode(key, "{" + String.join(",", members) + "}"), reason, "");
    }

    @Test
    void namesEverythingThatIsMissingAndWhatWasFound() {
        Rejected rejected = (Rejected) decode(null, """
                {"sensor_id":"a","Timestamp":"2026-01-31T12:34:56Z","device":{"sensorId":"b"},"ts":null}""");

        assertThat(rejected.reason()).isEqualTo(Rejection.MISSING_FIELD);
        assertThat(rejected.detail())
                .contains("sensorId is neither in the body nor as the key; expected a letter or digit")
                .contains("; timestamp is missing; expected an RFC 3339 time")
                .contains("; value is missing; expected a finite number")
                .endsWith("; found the fields 'sensor_id', 'Timestamp', 'device', 'ts' (null)");
        assertRejected(decode("a", "{}"), Rejection.MISSING_FIELD, "; found no fields");
    }

    @Test
    void namesEveryFaultOfABody() {
        Rejected rejected = (Rejected) decode("a", """
                {"sensorId":"?","type":7,"timestamp":7,"value":null,"unit":8,"site":9}""");

        assertThat(rejected.reason()).isEqualTo(Rejection.INVALID_SENSOR_ID);
        assertThat(rejected.detail())
                .contains("sensorId is '?'; expected")
                .contains("; type is 7; expected")
                .contains("; timestamp is 7, which looks like seconds")
                .contains("; value is null; expected")
                .contains("; unit is 8; expected")
                .contains("; site is 9; expected")
                .doesNotContain("found the fields");
    }

    @Test
    void boundsTheNamesInADetail() {
        StringBuilder body = new StringBuilder("{\"" + "x".repeat(1_000) + "\":1");
        for (int i = 0; i < 1_000; i++) {
            body.append(",\"field-").append(i).append("\":1");
        }

        assertRejected(
                decode("a", body + "}"), Rejection.MISSING_FIELD, "xxx…', 'field-0', 'field-1', 'field-2', 'field-3'");
        assertRejected(decode("a", body + "}"), Rejection.MISSING_FIELD, "'field-10' and 989 more");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"bn\":\"a\",\"bt\":1700000000,\"v\":1},{\"t\":1,\"v\":2}]",
                "[{\"n\":\"a\",\"u\":\"Cel\",\"v\":1}]",
                "[{\"bn\":\"a\"},{\"n\":\"b\",\"vs\":\"x\"}]",
                "{\"n\":\"a\",\"vb\":true}",
            })
    void recognizesAPackWithoutItsHeader(String body) {
        String hint = "; it looks like a SenML pack: set the header content-type to application/senml+json";

        assertThat(decode("a", body).rejected()).isNotNull().satisfies(rejected -> assertThat(rejected.detail())
                .endsWith(hint));
        assertThat(decode("a", "[{\"name\":\"a\",\"v\":1}]").rejected())
                .isEqualTo(new Rejected(Rejection.MALFORMED, "body is an array; expected a JSON object"));
    }

    @Test
    void requiresTheTypeOfAPostedReading() {
        String posted = "{%s\"sensorId\":\"a\",\"timestamp\":1769862896789,\"value\":1%s}";

        assertThat(posted(posted.formatted("\"type\":\"temperature\",", "")))
                .isEqualTo(decode("a", withValue("1")))
                .isEqualTo(posted(posted.formatted("", ",\"type\":\"temperature\",\"x\":1")));
        assertRejected(posted(posted.formatted("", "")), Rejection.MISSING_FIELD, "type is missing; expected a small");
        assertRejected(
                posted(posted.formatted("\"type\":\"A\",", "")),
                Rejection.TYPE_MISMATCH,
                "type is 'A'; expected a small");
        assertRejected(
                posted(posted.formatted("\"type\":7,", "")), Rejection.TYPE_MISMATCH, "type is 7; expected a small");
        assertRejected(posted("{}"), Rejection.MISSING_FIELD, "sensorId is missing; expected");
        assertRejected(posted("{}"), Rejection.MISSING_FIELD, "type is missing; expected");
    }

    private DecodeResult posted(String body) {
        return decoder.decodePosted(body.getBytes(UTF_8), RECORD_TIME_MILLIS);
    }

    // ---- anything at all

    @Test
    void neverThrowsOnRandomBytes() {
        Random random = new Random(7);
        byte[] good = withMember("\"sensorId\":\"a\",\"unit\":\"Cel\",\"x\":[\"ä😀\",{\"y\":-1.5e3}]")
                .getBytes(UTF_8);
        for (int i = 0; i < 100_000; i++) {
            byte[] body = good.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }

            DecodeResult decoded = decoder.decode(TYPE, null, body, RECORD_TIME_MILLIS);

            if (decoded instanceof Rejected rejected) {
                assertThat(rejected.detail())
                        .isNotBlank()
                        .hasSizeLessThan(MAX_DETAIL)
                        .doesNotContain("\n", "\r");
            }
        }
    }

    private DecodeResult decode(@Nullable String key, String body) {
        return decoder.decode(TYPE, key == null ? null : key.getBytes(UTF_8), body.getBytes(UTF_8), RECORD_TIME_MILLIS);
    }

    private static String withValue(String json) {
        return "{\"timestamp\":1769862896789,\"value\":%s}".formatted(json);
    }

    private static String withTimestamp(String json) {
        return "{\"timestamp\":%s,\"value\":1}".formatted(json);
    }

    private static String withMember(String member) {
        return "{%s,\"timestamp\":1769862896789,\"value\":1}".formatted(member);
    }

    private static Accepted accepted(DecodeResult decoded) {
        assertThat(decoded).isInstanceOf(Accepted.class);
        return (Accepted) decoded;
    }

    private static void assertRejected(DecodeResult decoded, Rejection reason, String detail) {
        assertThat(decoded).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.reason()).as(rejected.detail()).isEqualTo(reason);
            assertThat(rejected.detail()).contains(detail).hasSizeLessThan(MAX_DETAIL);
        });
    }
}
