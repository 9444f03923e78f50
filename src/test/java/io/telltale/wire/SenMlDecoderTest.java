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
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class SenMlDecoderTest {

    private static final SensorType TYPE = new SensorType("climate");
    private static final long RECORD_TIME_MILLIS = 1_700_000_000_456L;

    /** The device in the examples of the RFC. */
    private static final String OW = "urn:dev:ow:10e2073a01080063";

    private final SenMlDecoder decoder = new SenMlDecoder();

    // ---- the examples of RFC 8428, section 5.1: what each resolves to

    /** One reading in columns: sensor, instant, value, unit. */
    private static Accepted row(String sensor, long millis, Object value, @Nullable String unit) {
        return new Accepted(new Reading(new SensorId(sensor), TYPE, millis, value(value)), Description.of(unit, null));
    }

    private static Value value(Object value) {
        return value instanceof Boolean flag
                ? Value.Flag.of(flag)
                : value instanceof String text
                        ? new Value.Text(text)
                        : new Value.Numeric(((Number) value).doubleValue());
    }

    @Test
    void decodesASingleDatapointAtTheRecordTime() {
        assertThat(goodOf("[{'n':'%s','u':'Cel','v':23.1}]".formatted(OW)))
                .containsExactly(row(OW, RECORD_TIME_MILLIS, 23.1, "Cel"));
    }

    @Test
    void decodesMultipleDatapoints() {
        assertThat(goodOf("""
                        [{'bn':'%s:','bt':1276020076.001,'bu':'A','bver':5,'n':'voltage','u':'V','v':120.1},
                         {'n':'current','t':-5,'v':1.2},{'n':'current','t':-4,'v':1.3},{'n':'current','v':1.7}]""".formatted(OW)))
                .containsExactly(
                        row(OW + ":voltage", 1_276_020_076_001L, 120.1, "V"),
                        row(OW + ":current", 1_276_020_071_001L, 1.2, "A"),
                        row(OW + ":current", 1_276_020_072_001L, 1.3, "A"),
                        row(OW + ":current", 1_276_020_076_001L, 1.7, "A"));
    }

    /** The RFC names humidity, longitude and latitude of one device alike; the last of one instant wins. */
    @Test
    void decodesMeasurementsOfOneInstantAsOneReading() {
        assertThat(goodOf("""
                        [{'bn':'%s','bt':1.320067464e+09,'bu':'%%RH','v':20},{'u':'lon','v':24.30621},{'u':'lat','v':60.07965},
                         {'t':60,'v':20.3},{'u':'lon','t':60,'v':24.30622},{'u':'%%EL','t':150,'v':98},
                         {'t':180,'v':21.2}]""".formatted(OW)))
                .containsExactly(
                        row(OW, 1_320_067_464_000L, 60.07965, "lat"),
                        row(OW, 1_320_067_524_000L, 24.30622, "lon"),
                        row(OW, 1_320_067_614_000L, 98, "%EL"),
                        row(OW, 1_320_067_644_000L, 21.2, "%RH"));
    }

    @Test
    void decodesMultipleDataTypesExceptData() {
        Pack pack = pack("""
                [{'bn':'%s:','n':'temp','u':'Cel','v':23.1},{'n':'label','vs':'Machine Room'},{'n':'open','vb':false},
                 {'n':'nfc-reader','vd':'aGkgCg'}]""".formatted(OW));

        assertThat(pack.accepted())
                .containsExactly(
                        row(OW + ":temp", RECORD_TIME_MILLIS, 23.1, "Cel"),
                        row(OW + ":label", RECORD_TIME_MILLIS, "Machine Room", null),
                        row(OW + ":open", RECORD_TIME_MILLIS, false, null));
        assertThat(pack.bad())
                .containsOnly(bad(
                        3, Rejection.INVALID_VALUE, "vd is 'aGkgCg'; expected one of v, vs and vb: data is not kept"));
    }

    /** The names of the RFC without the slash, which ids do not allow. */
    @Test
    void decodesACollectionWithSeveralBaseNames() {
        String collection = """
                [{'bn':'2001:db8::2#','bt':1.320078429e+09,'n':'temperature','u':'Cel','v':25.2},
                 {'n':'humidity','u':'%RH','v':30},
                 {'bn':'2001:db8::1#','n':'temperature','u':'Cel','v':12.3},{'n':'humidity','u':'%RH','v':67}]""";

        assertThat(goodOf(collection.replace('#', ':')))
                .containsExactly(
                        row("2001:db8::2:temperature", 1_320_078_429_000L, 25.2, "Cel"),
                        row("2001:db8::2:humidity", 1_320_078_429_000L, 30, "%RH"),
                        row("2001:db8::1:temperature", 1_320_078_429_000L, 12.3, "Cel"),
                        row("2001:db8::1:humidity", 1_320_078_429_000L, 67, "%RH"));
        assertThat(pack(collection.replace('#', '/')).bad())
                .hasSize(4)
                .contains(bad(
                        3,
                        Rejection.INVALID_SENSOR_ID,
                        "name is '2001:db8::1/humidity', bn and n together; expected " + SensorId.FORM));
    }

    // ---- times

    @ParameterizedTest(name = "{0} + {1} s is {2} ms")
    @CsvSource({
        "1700000000.123,, 1700000000123",
        "1.700000000123e9,, 1700000000123",
        "1700000000123E-3,, 1700000000123",
        "1700000000.1239999,, 1700000000123",
        "1.7e9, 0.123, 1700000000123",
        "1.7e9, -0.877, 1699999999123",
        "1.7e9, -0.0001, 1699999999999",
        "1.7e9, 1e-300, 1700000000000",
        "1.7e9, -1e-300, 1699999999999",
        "1700000000.1, 0.2, 1700000000300",
        "1700000000.7, 0.1, 1700000000800",
        "1700000600.456,, 1700000600456",
        "268435456,, 268435456000",
        "268435455, 1, 268435456000",
    })
    void decodesTimesExactlyToTheMillisecond(String base, @Nullable String time, long millis) {
        String entry = "[{'n':'a','bt':%s%s,'v':1}]".formatted(base, time == null ? "" : ",'t':" + time);
        assertThat(goodOf(entry))
                .extracting(one -> one.reading().timestampMillis())
                .containsExactly(millis);
    }

    @ParameterizedTest(name = "a time of {0} s is now {1} ms")
    @CsvSource({
        "0, 0",
        "-0.0, 0",
        "-1, -1000",
        "-0.001, -1",
        "-0.0001, -1",
        "0.0009, 0",
        "1.5, 1500",
        "600, 600000",
        "-3e8, -300000000000",
    })
    void timesBelowTwoToThe28AreCountedFromTheRecordTime(String time, long fromNowMillis) {
        assertThat(goodOf("[{'n':'a','t':%s,'v':1}]".formatted(time)))
                .extracting(one -> one.reading().timestampMillis())
                .containsExactly(RECORD_TIME_MILLIS + fromNowMillis);
    }

    static final List<Arguments> BAD_TIMES = List.of(
            Arguments.of("'t':'now'", "t is 'now'; expected a number"),
            Arguments.of("'t':true", "t is true; expected a number"),
            Arguments.of("'t':{'x':1}", "t is an object; expected"),
            Arguments.of("'t':1e999999999", "t is 1e999999999; expected a number of at most 64 characters"),
            Arguments.of("'t':-1e-999999999", "t is -1e-999999999; expected"),
            Arguments.of("'t':1e-99999999999", "t is 1e-99999999999; expected"),
            Arguments.of("'t':1." + "0".repeat(70), "t is 1.000"),
            Arguments.of("'bt':[1]", "bt is an array in entry 0; expected"),
            Arguments.of("'bt':1700000000456", "which looks like milliseconds; expected seconds since 1970"),
            Arguments.of("'bt':1e300,'t':1e300", "which looks like milliseconds"),
            Arguments.of("'t':-1e11", "time is -100000000000 s, bt and t together, which is before the year 0000"),
            Arguments.of("'t':-1e308", "which is before the year 0000"));

    @ParameterizedTest
    @FieldSource("BAD_TIMES")
    void rejectsOtherTimes(String field, String detail) {
        assertBad("[{'n':'a',%s,'v':1}]".formatted(field), Rejection.INVALID_TIMESTAMP, detail);
    }

    @Test
    void rejectsATimeOverTenMinutesInTheFuture() {
        assertThat(goodOf("[{'n':'a','t':600,'v':1}]")).hasSize(1);
        assertBad(
                "[{'n':'a','t':600.001,'v':1}]",
                Rejection.TIMESTAMP_IN_FUTURE,
                "time is 600.001 s, bt and t together, 600001 ms after the record time 1700000000456; expected at most");
        assertBad("[{'n':'a','t':268435455,'v':1}]", Rejection.TIMESTAMP_IN_FUTURE, "");
    }

    // ---- values

    @ParameterizedTest(name = "bv {0} and v {1} is {2}")
    @CsvSource({
        "20, 0.1, 20.1",
        "0.1, 0.2, 0.3",
        "-5, 5, 0",
        "1e308, -1e308, 0",
        "1e300, 1e-300, 1e300",
        "9007199254740992, 2, 9007199254740994",
        // Neither is an exact double, but their sum is.
        "9007199254740993, 1, 9007199254740994",
        "1e16, 1, 1e16",
    })
    void addsABaseValueAsADecimal(String base, String value, double sum) {
        assertThat(goodOf("[{'n':'a','v':%s,'bv':%s}]".formatted(value, base)))
                .extracting(one -> one.reading().value())
                .containsExactly(new Value.Numeric(sum));
    }

    @Test
    void addsABaseValueToNumbersOnly() {
        assertThat(goodOf("[{'bn':'a','bv':20,'vs':'x'},{'bn':'b','vb':true},{'bn':'c','v':1}]"))
                .extracting(one -> one.reading().value())
                .containsExactly(value("x"), value(true), value(21));
    }

    static final List<Arguments> BAD_VALUES = List.of(
            Arguments.of("'v':'1'", "v is '1'; expected a finite number"),
            Arguments.of("'v':null", "v is null; expected a finite number"),
            Arguments.of("'v':9007199254740993", "v is 9007199254740993, an integer that a double cannot hold exactly"),
            Arguments.of("'v':1e400", "v is 1e400, beyond the range of a double"),
            Arguments.of("'vs':1", "vs is 1; expected a string of at most 1,024 code points"),
            Arguments.of("'vs':'" + "x".repeat(1_025) + "'", "vs is a string of 1,025 code points"),
            Arguments.of("'vs':'\\ud83d'", "vs is a string with half of a surrogate pair"),
            Arguments.of("'vb':'true'", "vb is 'true'; expected a boolean"),
            Arguments.of("'vb':0", "vb is 0; expected a boolean"),
            Arguments.of("'vd':'aGkgCg'", "vd is 'aGkgCg'; expected one of v, vs and vb: data is not kept"),
            Arguments.of("'v':1,'vs':'x'", "value is given as [v, vs]; expected one of v, vs and vb"),
            Arguments.of("'v':1,'vd':''", "value is given as [v, vd]"),
            Arguments.of("'v':1,'bv':'x'", "bv is 'x' in entry 0; expected a number"),
            Arguments.of("'v':1e308,'bv':1e308", "v is 1e308, to be added to bv 1E+308; expected"),
            Arguments.of("'v':1,'bv':9007199254740992", "v is 1, to be added to bv 9007199254740992; expected"),
            Arguments.of("'v':0." + "1".repeat(80) + ",'bv':1", "…, to be added to bv 1; expected"));

    @ParameterizedTest
    @FieldSource("BAD_VALUES")
    void rejectsOtherValues(String fields, String detail) {
        assertBad("[{'n':'a',%s}]".formatted(fields), Rejection.INVALID_VALUE, detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'n':'a'               | value is missing; expected one of v, vs and vb",
                "'n':'a','bv':20       | value is missing; expected",
                "'n':'a','s':12.5      | value is missing, with only a sum (s); expected",
                "'v':1                 | name is missing, bn and n alike; expected",
                "'n':null,'v':1        | name is missing",
                "'bn':'','n':'','v':1  | name is missing",
            })
    void rejectsAnEntryWithoutNameOrValue(String fields, String detail) {
        assertBad("[{%s}]".formatted(fields), Rejection.MISSING_FIELD, detail);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"'s':12.5,'bs':'?'", "'ut':10", "'x':[{'v':2}]", "'_x':1", "'bx':null", "'t':null,'u':null"})
    void skipsIrrelevantFields(String fields) {
        assertThat(goodOf("[{'n':'a','v':1,%s}]".formatted(fields)))
                .containsExactly(row("a", RECORD_TIME_MILLIS, 1, null));
    }

    // ---- names and units

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'n':7                  | n is 7; expected a letter or digit",
                "'bn':7,'n':'a'         | bn is 7 in entry 0; expected a string",
                "'n':'a b'              | name is 'a b', bn and n together; expected",
                "'bn':'a/','n':'b'      | name is 'a/b', bn and n together; expected",
                "'bn':':'               | name is ':'",
            })
    void rejectsANameThatIsNoId(String fields, String detail) {
        assertBad("[{%s,'v':1}]".formatted(fields), Rejection.INVALID_SENSOR_ID, detail);
    }

    @Test
    void limitsTheLengthOfBothPartsOfAName() {
        String half = "x".repeat(64);
        assertThat(goodOf("[{'bn':'%s','n':'%s','v':1}]".formatted(half, half))).hasSize(1);
        assertBad("[{'bn':'%s','n':'%sx','v':1}]".formatted(half, half), Rejection.INVALID_SENSOR_ID, "xxx…'");
        assertBad("[{'bn':'%s','v':1}]".formatted("x".repeat(60_000)), Rejection.INVALID_SENSOR_ID, "xxx…'");
    }

    @Test
    void dropsAnInvalidUnit() {
        assertDropped("[{'n':'a','v':1,'u':'two\\twords'}]", "u is 'two?words'; expected a unit of at most 16");
        assertDropped("[{'n':'a','v':1,'bu':7}]", "bu is 7; expected a unit");
        assertDropped("[{'n':'a','v':1,'u':'V','u':'V'}]", "u is given twice; expected");
        // The base unit does not take its place: the entry has another one.
        assertDropped("[{'n':'a','v':1,'bu':'Cel','u':false}]", "u is false; expected");
        assertThat(goodOf("[{'n':'a','v':1,'u':'°C'}]")).containsExactly(row("a", RECORD_TIME_MILLIS, 1, "°C"));
        assertThat(goodOf("[{'n':'a','v':1,'bu':'Cel','u':''}]"))
                .containsExactly(row("a", RECORD_TIME_MILLIS, 1, "Cel"));
    }

    @Test
    void dropsAnInvalidBaseUnitUntilTheNextOne() {
        List<Accepted> good = List.copyOf(goodOf("[{'n':'a','v':1,'bu':'V'},{'n':'b','v':1,'bu':7},{'n':'c','v':1},"
                + "{'n':'d','v':1,'u':'A'},{'n':'e','v':1,'bu':'W'}]"));

        assertThat(good).extracting(one -> one.description().unit()).containsExactly("V", null, null, "A", "W");
        assertThat(good).extracting(one -> one.dropped().size()).containsExactly(0, 1, 0, 0, 0);
    }

    private void assertDropped(String pack, String detail) {
        assertThat(goodOf(pack)).singleElement().satisfies(accepted -> {
            assertThat(accepted.reading().value()).isEqualTo(value(1));
            assertThat(accepted.description()).isEqualTo(Description.NONE);
            assertThat(accepted.dropped()).singleElement().satisfies(dropped -> {
                assertThat(dropped.reason()).isEqualTo(DroppedField.Reason.INVALID_UNIT);
                assertThat(dropped.detail()).startsWith(detail);
            });
        });
    }

    @Test
    void namesEveryFaultOfAnEntry() {
        assertThat(pack("[{'name':'a','t':1700000000456,'value':1,'u':7}]")
                        .bad()
                        .get(0))
                .isNotNull()
                .satisfies(bad -> {
                    assertThat(bad.reason()).isEqualTo(Rejection.MISSING_FIELD);
                    assertThat(bad.detail())
                            .startsWith("name is missing, bn and n alike; expected")
                            .contains("; time is 1700000000456 s, bt and t together, which looks like milliseconds")
                            .contains("; value is missing; expected one of v, vs and vb")
                            .contains("; u is 7; expected")
                            .endsWith("; found the fields 'name', 't', 'value', 'u'");
                });
    }

    // ---- good and bad entries

    @Test
    void keepsGoodEntriesBesideABadOne() {
        Pack pack = pack("[{'bn':'a','v':1},7,{'bn':'b','v':'x'},{'bn':'c','v':3},{'bn':'d','t':'x','v':4}]");

        assertThat(pack.good()).containsOnlyKeys(0, 3);
        assertThat(pack.bad().keySet()).containsExactly(1, 2, 4);
        assertThat(pack.rejected())
                .isEqualTo(new Rejected(
                        Rejection.MALFORMED,
                        "bad entries of the pack: 1-2, 4; entry 1: it is 7; expected an object; entry 2: v is 'x';"
                                + " expected a finite number that a double can hold; entry 4: t is 'x'; expected "
                                + JsonNumber.FORM));
    }

    @Test
    void createsNoDeadLetterWithoutBadEntries() {
        assertThat(pack("[{'n':'a','v':1}]").rejected()).isNull();
    }

    @Test
    void appliesBaseFieldsOfABadEntry() {
        assertThat(pack("[{'bn':'a','bt':-10,'bu':'V','bv':5},{'v':1}]").accepted())
                .containsExactly(row("a", RECORD_TIME_MILLIS - 10_000, 6, "V"));
    }

    @Test
    void rejectsEntriesThatDependOnABadBaseField() {
        Pack pack = pack("""
                [{'bn':'a','bv':'x','vs':'good'},{'n':'b','v':1},{'n':'c','vb':true},{'n':'d','bv':2,'v':1},{'bt':'?','n':'e','v':1},
                 {'n':'f','t':1,'v':1},{'bt':null,'n':'g','v':1},{'bt':0,'n':'h','v':1}]""");

        assertThat(pack.good()).containsOnlyKeys(0, 2, 3, 7);
        assertThat(pack.bad())
                .hasEntrySatisfying(1, bad -> assertThat(bad.detail()).startsWith("bv is 'x' in entry 0; expected"))
                .hasEntrySatisfying(5, bad -> assertThat(bad.detail()).startsWith("bt is '?' in entry 4; expected"));
    }

    @Test
    void keepsTheLastEntryOfAMillisecond() {
        Pack pack = pack("[{'bn':'a','v':1},{'bn':'b','v':2},{'bn':'a','t':-0.0,'vs':'x'},{'bn':'a','v':'bad'}]");

        assertThat(pack.good()).containsOnlyKeys(1, 2);
        assertThat(pack.accepted())
                .containsExactly(row("b", RECORD_TIME_MILLIS, 2, null), row("a", RECORD_TIME_MILLIS, "x", null));
    }

    @Test
    void listsBadIndexesInABoundedDetail() {
        StringBuilder body = new StringBuilder("[{'v':1}");
        for (int i = 0; i < 3_000; i++) {
            body.append(i % 3 == 0 ? ",{'n':'a'}" : ",{'v':1}");
        }
        Pack alternating = pack("[" + "{'bn':'a','v':1},7,".repeat(1_500) + "7]");

        assertThat(pack(body + "]").rejected())
                .isEqualTo(new Rejected(
                        Rejection.MISSING_FIELD,
                        "bad entries of the pack: 0-3000; entry 0: %1$s; entry 1: %2$s; entry 2: %1$s"
                                .formatted(
                                        "name is missing, bn and n alike; expected " + SensorId.FORM
                                                + "; found the fields 'v'",
                                        "value is missing; expected one of v, vs and vb; found the fields 'n'")));
        assertThat(alternating.rejected()).isNotNull().satisfies(rejected -> assertThat(rejected.detail())
                .startsWith("bad entries of the pack: 1, 3, 5, ")
                .contains(", 127 and 1437 more; entry 1: it is 7;")
                .hasSizeLessThan(2_000));
    }

    @Test
    void addsALaterRejectionToTheBadEntries() {
        Pack pack = pack("[{'bn':'a','v':1},{'bn':'b','v':'x'},{'bn':'c','v':3}]");

        DecodeResult checked =
                pack.checked(accepted -> accepted.reading().sensorId().value().equals("a")
                        ? new Rejected(Rejection.TYPE_MISMATCH, "it is of another type")
                        : null);

        assertThat(checked.accepted()).containsExactly(row("c", RECORD_TIME_MILLIS, 3, null));
        assertThat(checked.rejected()).isNotNull().satisfies(rejected -> {
            assertThat(rejected.reason()).isEqualTo(Rejection.TYPE_MISMATCH);
            assertThat(rejected.detail())
                    .startsWith("bad entries of the pack: 0-1; entry 0: it is of another type; entry 1: v is 'x'");
        });
    }

    // ---- packs that are none

    static final List<Arguments> UNREADABLE = List.of(
            Arguments.of("", "no body; expected a SenML pack"),
            Arguments.of("{'n':'a','v':1}", "body is an object; expected a SenML pack, a JSON array"),
            Arguments.of("[]", "the pack is empty; expected at least one entry"),
            Arguments.of("[{'n':'a','v':1}", "body is not JSON"),
            Arguments.of("[{'n':'a','v':1},]", "body is not JSON"),
            Arguments.of("[{'n':'a','v':1}][]", "body continues with an array after its end"),
            Arguments.of("[{'n':'a','v':1},{'n':'b','v':1,'v':2}]", "in entry 1 v is given twice"),
            Arguments.of(
                    "[{'n':'a','v':1},{'n':'b','v':1,'new_':2}]", "in entry 1 new_ is given and must be understood"),
            Arguments.of("[{'n':'a','v':1,'v_':{}}]", "in entry 0 v_ is given and must be understood"),
            Arguments.of(
                    "[{'n':'a','v':1,'bver':11}]", "in entry 0 bver is not the version of the pack; expected the same"),
            Arguments.of("[{'n':'a','v':1,'bver':26}]", "in entry 0 bver"),
            Arguments.of("[{'n':'a','v':1,'bver':0}]", "from 1 to 10"),
            Arguments.of("[{'n':'a','v':1,'bver':'10'}]", "in entry 0 bver"),
            Arguments.of("[{'n':'a','v':1,'bver':1e1}]", "in entry 0 bver"),
            Arguments.of("[{'n':'a','v':1,'bver':99999999999}]", "in entry 0 bver"),
            Arguments.of("[{'n':'a','v':1},{'n':'b','v':1,'bver':11}]", "in entry 1 bver"),
            Arguments.of("[{'n':'a','v':1,'bver':5},{'n':'b','v':1,'bver':10}]", "in entry 1 bver"));

    @ParameterizedTest
    @FieldSource("UNREADABLE")
    void rejectsAnUnreadablePack(String body, String detail) {
        assertThat(decode(body)).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.reason()).isEqualTo(Rejection.MALFORMED);
            assertThat(rejected.detail()).contains(detail);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{'n':'a','v':1,'bver':10}]", "[{'bver':5,'n':'a','v':1},{'bver':5,'n':'b','v':1}]"})
    void acceptsKnownVersions(String body) {
        assertThat(pack(body).bad()).isEmpty();
    }

    @Test
    void aPackIsAtMost64Kib() {
        String pack = "[{'n':'a','v':1}]";
        String largest = pack + " ".repeat(65_536 - pack.length());

        assertThat(goodOf(largest)).hasSize(1);
        assertThat(decode(largest + " "))
                .isEqualTo(new Rejected(Rejection.TOO_LARGE, "body is 65537 bytes; expected at most 65536"));
    }

    // ---- anything at all

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void decodesEncodedPacks(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            boolean hasBase = random.nextBoolean();
            long baseMillis = hasBase ? 1_600_000_000_000L + random.nextInt(1_000_000) : RECORD_TIME_MILLIS;
            List<Accepted> readings = new ArrayList<>();
            List<String> entries = new ArrayList<>();
            for (int n = 0; n < 1 + random.nextInt(20); n++) {
                long fromBaseMillis = -random.nextInt(1_000_000_000);
                double number = random.nextInt(1_000_000) / 1_000.0 - 500;
                String base = n > 0 ? "" : "'bn':'dev:'" + (hasBase ? ",'bt':" + seconds(baseMillis) : "") + ",";
                entries.add("{%s'n':'%d','t':%s,'v':%s,'u':'Cel'}".formatted(base, n, seconds(fromBaseMillis), number));
                readings.add(row("dev:" + n, baseMillis + fromBaseMillis, number, "Cel"));
            }

            assertThat(goodOf(entries.toString()))
                    .as("seed %d, pack %s", seed, entries)
                    .containsExactlyElementsOf(readings);
        }
    }

    private static String seconds(long millis) {
        return BigDecimal.valueOf(millis, 3).toString();
    }

    @Test
    void neverThrowsOnRandomBytes() {
        Random random = new Random(7);
        byte[] good = json(
                "[{'bn':'a','bt':1.6e9,'bu':'Cel','bv':20,'bver':10,'v':-1.5e3},{'n':'b','t':-5,'vs':'ä😀'},{'vb':true}]");
        for (int i = 0; i < 100_000; i++) {
            byte[] body = good.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }

            Rejected rejected = decoder.decode(TYPE, body, RECORD_TIME_MILLIS).rejected();

            if (rejected != null) {
                assertThat(rejected.detail())
                        .isNotBlank()
                        .hasSizeLessThan(1_200)
                        .doesNotContain("\n", "\r");
            }
        }
    }

    /** JSON with apostrophes instead of quotation marks. */
    private static byte[] json(String body) {
        return body.replace('\'', '"').getBytes(UTF_8);
    }

    private DecodeResult decode(String body) {
        return decoder.decode(TYPE, json(body), RECORD_TIME_MILLIS);
    }

    private Pack pack(String body) {
        DecodeResult decoded = decode(body);
        assertThat(decoded).isInstanceOf(Pack.class);
        return (Pack) decoded;
    }

    private List<Accepted> goodOf(String body) {
        Pack pack = pack(body);
        assertThat(pack.bad()).isEmpty();
        return List.copyOf(pack.accepted());
    }

    private void assertBad(String body, Rejection reason, String detail) {
        Pack pack = pack(body);
        assertThat(pack.good()).isEmpty();
        assertThat(pack.bad()).hasSize(1);
        Rejected rejected = pack.bad().values().iterator().next();
        assertThat(rejected.reason()).as(rejected.detail()).isEqualTo(reason);
        assertThat(rejected.detail()).contains(detail).hasSizeLessThan(400);
    }

    private static Map.Entry<Integer, Rejected> bad(int index, Rejection reason, String detail) {
        return Map.entry(index, new Rejected(reason, detail));
    }
}
