package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {

    private static final long NOW_MILLIS = Instant.parse("2026-01-31T12:00:00Z").toEpochMilli();
    private static final QueryFingerprint QUERY = QueryFingerprint.of(List.of("GET /sensors"));
    private static final String[] KNOWN = {
        "from", "to", "limit", "order", "consistency", "sensor", "type", "site", Parameters.LABELS, "cursor"
    };

    @Test
    void rejectsAnUnknownParameter() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Parameters.of(query("form=now"), "from", "to"))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ProblemCode.UNKNOWN_PARAMETER);
                    assertThat(e.problem().detail())
                            .isEqualTo("parameter 'form' is not known; expected one of from, to");
                });
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Parameters.of(query("From=now")))
                .satisfies(e -> assertThat(e.problem().detail()).endsWith("expected no parameter"));
    }

    @Test
    void failsOnAnUndeclaredParameter() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Parameters.of(query(""), "from").limit(10, 1))
                .withMessageContaining("limit");
    }

    @Test
    void returnsDefaults() {
        Parameters parameters = parameters("");

        assertThat(parameters.limit(10_000, 1_000)).isEqualTo(1_000);
        assertThat(parameters.order(Order.DESC)).isEqualTo(Order.DESC);
        assertThat(parameters.consistency()).isEqualTo(Consistency.LOCAL_QUORUM);
        assertThat(parameters.sensors(1_000)).isEmpty();
        assertThat(parameters.type()).isEmpty();
        assertThat(parameters.site()).isEmpty();
        assertThat(parameters.time("from", NOW_MILLIS)).isEmpty();
        assertThat(parameters.cursor(QUERY, () -> CursorSigner.CHECKSUM)).isEmpty();
        assertThat(parameters.timeRange(NOW_MILLIS)).isEqualTo(new TimeRange(NOW_MILLIS - 3_600_000, NOW_MILLIS));
    }

    @Test
    void parsesEveryParameter() {
        Parameters parameters = parameters(
                "limit=7&order=asc&consistency=two&sensor=b&sensor=a&sensor=b&type=humidity&site=hall:2&from=0&to=now-1h&cursor="
                        + Cursor.encode(QUERY, new byte[] {1, 2}, CursorSigner.CHECKSUM));

        assertThat(parameters.limit(10_000, 1_000)).isEqualTo(7);
        assertThat(parameters.order(Order.DESC)).isEqualTo(Order.ASC);
        assertThat(parameters.consistency()).isEqualTo(Consistency.TWO);
        assertThat(parameters.sensors(2)).containsExactly(new SensorId("b"), new SensorId("a"));
        assertThat(parameters.type()).contains(new SensorType("humidity"));
        assertThat(parameters.site()).contains("hall:2");
        assertThat(parameters.timeRange(NOW_MILLIS)).isEqualTo(new TimeRange(0, NOW_MILLIS - 3_600_000));
        assertThat(parameters.cursor(QUERY, () -> CursorSigner.CHECKSUM))
                .hasValueSatisfying(place -> assertThat(place).containsExactly(1, 2));
    }

    @ParameterizedTest
    @EnumSource
    void parsesEveryConsistencyLevel(Consistency consistency) {
        assertThat(parameters("consistency=" + consistency.parameterValue()).consistency())
                .isEqualTo(consistency);
    }

    @ParameterizedTest
    @CsvSource({"limit=1, 1", "limit=10000, 10000", "limit=007, 7"})
    void acceptsALimitWithinItsBounds(String query, int limit) {
        assertThat(parameters(query).limit(10_000, 1_000)).isEqualTo(limit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "10001", "-1", "+1", "1.0", "1e3", "x", " 1", "99999999999999999999", "١"})
    void rejectsALimitOutsideItsBounds(String limit) {
        assertBad(
                "limit=" + limit,
                parameters -> parameters.limit(10_000, 1_000),
                "parameter limit is '%s'; expected an integer from 1 to 10000".formatted(limit));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 9223372036854775807",
        "limit=1, 1",
        "limit=1000000000, 1000000000",
        "limit=999999999999999999, 999999999999999999"
    })
    void acceptsAnyLimitWithoutAMaximum(String query, long limit) {
        assertThat(parameters(query).anyLimit()).isEqualTo(limit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.0", "1000000000000000000", "9223372036854775808"})
    void rejectsATextThatIsNoLimit(String limit) {
        assertBad(
                "limit=" + limit,
                Parameters::anyLimit,
                "parameter limit is '%s'; expected an integer from 1, of at most 18 digits".formatted(limit));
    }

    @Test
    void rejectsBadValues() {
        assertBad("order=up", p -> p.order(Order.ASC), "parameter order is 'up'; expected one of asc, desc");
        assertBad("order=ASC", p -> p.order(Order.ASC), "parameter order is 'ASC'; expected one of asc, desc");
        assertBad(
                "consistency=any",
                Parameters::consistency,
                "parameter consistency is 'any'; expected one of local_one, one, two, three, quorum, local_quorum, each_quorum, all");
        assertBad("sensor=a&sensor=b c", p -> p.sensors(9), "parameter sensor is 'b c'; expected a letter or digit");
        assertBad("type=Humidity", Parameters::type, "parameter type is 'Humidity'; expected a small letter");
        assertBad("site=-", Parameters::site, "parameter site is '-'; expected a letter or digit");
        assertBad("from=x", p -> p.time("from", NOW_MILLIS), "parameter from is 'x'; expected an RFC 3339 time");
    }

    @Test
    void rejectsTooManyDifferentSensors() {
        assertBad("sensor=a&sensor=b&sensor=c", p -> p.sensors(2), "names 3 sensors; expected at most 2");
        assertThat(parameters("sensor=a&sensor=a&sensor=a").sensors(1)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit", "order", "consistency", "type", "site", "from", "to", "cursor"})
    void rejectsEmptyAndRepeatedValues(String name) {
        assertBad(name + "=", p -> p.text(name), "parameter %s is ''; expected a value".formatted(name));
        assertBad(
                "%s=a&%s=a".formatted(name, name),
                p -> p.text(name),
                "parameter %s is given 2 times, first 'a'; expected it once".formatted(name));
    }

    @Test
    void rejectsAnEmptySensor() {
        assertBad("sensor=a&sensor=", p -> p.sensors(9), "parameter sensor is ''");
    }

    @Test
    void rejectsARangeThatEndsBeforeItStarts() {
        assertBad(
                "from=now&to=now-1h",
                p -> p.timeRange(NOW_MILLIS),
                "parameter from is 'now', after parameter to, which is 'now-1h'");
        assertBad(
                "from=2026-01-31T12:00:00.001Z",
                p -> p.timeRange(NOW_MILLIS),
                "parameter from is '2026-01-31T12:00:00.001Z', after parameter to, which is 'now'");
        assertThat(parameters("from=now").timeRange(NOW_MILLIS)).isEqualTo(new TimeRange(NOW_MILLIS, NOW_MILLIS));
    }

    @Test
    void startsTheDefaultRangeAtTheEarliestInstantAtMost() {
        assertThat(parameters("to=0000-01-01T00:00:00.001Z").timeRange(NOW_MILLIS))
                .isEqualTo(new TimeRange(Reading.MIN_TIMESTAMP_MILLIS, Reading.MIN_TIMESTAMP_MILLIS + 1));
    }

    @Test
    void rejectsAPathWithoutASensorId() {
        assertThat(Parameters.sensorIdOfPath("boiler-7")).isEqualTo(new SensorId("boiler-7"));
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Parameters.sensorIdOfPath(" x"))
                .satisfies(e -> assertThat(e.problem().detail())
                        .startsWith("parameter id is ' x'; expected a letter or digit"));
    }

    @Test
    void readsLabelsTogetherWithTypeAndSite() {
        assertThat(parameters("label.room=b&type=a&label.floor=").sensorFilter())
                .isEqualTo(new SensorFilter(new SensorType("a"), null, Map.of("floor", "", "room", "b")));
        assertThat(parameters("limit=1").sensorFilter().isEmpty()).isTrue();
    }

    @Test
    void rejectsBadLabels() {
        assertBad(
                "label.=a",
                Parameters::sensorFilter,
                "parameter 'label.' names no label; expected label. and a letter or digit");
        assertBad("label.-=a", Parameters::sensorFilter, "parameter 'label.-' names no label; expected label. and");
        assertBad("label.a=" + "x".repeat(257), Parameters::sensorFilter, "parameter label.a is 'xxx");
        assertBad(
                "label.a=b&label.a=c",
                Parameters::sensorFilter,
                "parameter label.a is given 2 times, first 'b'; expected it once");
        assertBad(
                IntStream.range(0, 33).mapToObj(i -> "label.l" + i + "=1").collect(Collectors.joining("&")),
                Parameters::sensorFilter,
                "33 parameters label.<name> are given; expected at most 32");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Parameters.of(query("label.a=b"), "limit"))
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.UNKNOWN_PARAMETER));
    }

    @Test
    void bindsACursorToLabelsOnlyWhereThereAreAny() {
        QueryFingerprint labeled = parameters("label.a=1&label.b=2").fingerprint("x", "type");

        assertThat(parameters("label.b=2&label.a=1").fingerprint("x", "type")).isEqualTo(labeled);
        assertThat(parameters("label.a=1&label.b=3").fingerprint("x", "type")).isNotEqualTo(labeled);
        assertThat(parameters("label.a=1").fingerprint("x", "type")).isNotEqualTo(labeled);
        // As earlier releases bound cursors.
        assertThat(parameters("type=a").fingerprint("x", "type"))
                .isEqualTo(QueryFingerprint.of(List.of("x", "type", "1", "a")));
    }

    @Test
    void bindsACursorToTheIdentifyingParameters() {
        QueryFingerprint fingerprint = parameters("type=a&site=b&limit=7").fingerprint("GET /sensors", "type", "site");

        assertThat(parameters("site=b&type=a&limit=9").fingerprint("GET /sensors", "type", "site"))
                .isEqualTo(fingerprint);
        assertThat(parameters("type=a&site=c").fingerprint("GET /sensors", "type", "site"))
                .isNotEqualTo(fingerprint);
        assertThat(parameters("type=a").fingerprint("GET /sensors", "type", "site"))
                .isNotEqualTo(fingerprint);
        assertThat(parameters("type=a&site=b").fingerprint("GET /readings/latest", "type", "site"))
                .isNotEqualTo(fingerprint);
        assertThat(parameters("sensor=a&sensor=b").fingerprint("x", "sensor"))
                .isNotEqualTo(parameters("sensor=b&sensor=a").fingerprint("x", "sensor"));
    }

    @Test
    void bindsACursorToAQueryWithOrWithoutItsDefaults() {
        String[] names = {"from", "to=now", "order=asc"};
        QueryFingerprint omitted = parameters("from=0").fingerprint("x", names);
        QueryFingerprint sent = parameters("from=0&to=now&order=asc").fingerprint("x", names);

        assertThat(sent.isOf(omitted.bits())).isTrue();
        assertThat(omitted.isOf(sent.bits())).isTrue();
        assertThat(omitted.isOf(
                        parameters("from=0&order=desc").fingerprint("x", names).bits()))
                .isFalse();
        // A cursor of an earlier release is bound to the default as sent.
        long older = QueryFingerprint.of(List.of("x", "from", "1", "0", "to", "1", "now", "order", "1", "asc"))
                .bits();
        assertThat(sent.isOf(older)).isTrue();
        assertThat(omitted.isOf(older)).isFalse();
    }

    @Test
    void rejectsSensorsInOneParameter() {
        assertBad(
                "sensor=a,b",
                p -> p.sensors(9),
                "parameter sensor is 'a,b'; expected one id; repeat the parameter for more: sensor=a&sensor=b");
    }

    @Test
    void refusesAParameterOfOtherRequests() {
        assertBad(
                "cursor=x",
                p -> p.refuse("cursor", "only format json has pages"),
                "parameter cursor is 'x'; expected none; only format json has pages");
        parameters("").refuse("cursor", "only format json has pages");
    }

    private static void assertBad(String query, Consumer<Parameters> reading, String detail) {
        Parameters parameters = parameters(query);

        assertThatExceptionOfType(ProblemException.class)
                .as(query)
                .isThrownBy(() -> reading.accept(parameters))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ProblemCode.BAD_PARAMETER);
                    assertThat(e.problem().detail()).contains(detail);
                });
    }

    private static Parameters parameters(String query) {
        return Parameters.of(query(query), KNOWN);
    }

    private static MultivaluedMap<String, String> query(String query) {
        MultivaluedMap<String, String> given = new MultivaluedHashMap<>();
        for (String parameter : query.split("&", -1)) {
            int equals = parameter.indexOf('=');
            if (equals >= 0) {
                given.add(parameter.substring(0, equals), parameter.substring(equals + 1));
            }
        }
        return given;
    }
}
