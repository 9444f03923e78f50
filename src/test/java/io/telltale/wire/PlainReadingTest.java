package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Accepted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the fast path with the JSON parser. */
class PlainReadingTest {

    private static final SensorType TYPE = new SensorType("door");
    private static final long RECORD_TIME_MILLIS = 1_769_862_896_789L;

    private static final List<String> IDS =
            List.of("\"a\"", "\"door-1\"", "\"\"", "\"-a\"", "\"d\u00f6\"", "7", "null");
    private static final List<String> TIMES = List.of(
            "\"2026-01-31T12:34:56.789Z\"",
            "\"2026-01-31T12:34:56Z\"",
            "\"2026-01-31T13:34:56.7+01:00\"",
            "\"2026-01-31 12:34:56.123456z\"",
            "\"2026-01-31T12:44:56.790Z\"",
            "\"2026-02-30T12:34:56Z\"",
            "\"2026-01-31T12:34Z\"",
            "\"2026-01-31T12:34:56,5+0000\"",
            "\"2026-01-31T12:34:56+01\"",
            "1769862896789.0",
            "1.769862896789e12",
            "1769862896789",
            "0176986289678",
            "1769862896.5",
            "1769862896",
            "1e12",
            "-1769862896789",
            "\"\"",
            "null");
    private static final List<String> VALUES = List.of(
            "0",
            "-0",
            "-0.0",
            "21.53",
            "-273.15",
            "007",
            "0.1",
            ".5",
            "5.",
            "-",
            "+1",
            "1e3",
            "1.5E-7",
            "true",
            "false",
            "truely",
            "null",
            "\"open\"",
            "\"\"",
            "\"\\n\"",
            "\"\u00b0\"",
            "999999999999999",
            "9007199254740993",
            "0.000000000000001",
            "123456789.123456",
            "12345678.12345678",
            "[1]",
            "{\"a\":1}",
            "NaN");
    private static final List<String> UNITS = List.of(
            "\"Cel\"",
            "\"%RH\"",
            "\"\"",
            "\"two words\"",
            "\" a\"",
            "\"a \"",
            "\"\u00b0C\"",
            "\"\u007f\"",
            "null",
            "1");
    private static final List<String> SITES =
            List.of("\"north\"", "\"north:hall_2\"", "\"hall 2\"", "\"a \"", "\"\"", "\"_\"", "null", "true");
    private static final List<String> TYPES = List.of("\"door\"", "\"window\"", "\"doo\\u0072\"", "null");
    private static final List<String> BLANKS = List.of("", "", "", " ", "\n  ", "\t", "\u00a0");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sensorId\":\"door-1\",\"timestamp\":\"2026-01-31T12:34:56.789Z\",\"value\":21.53,\"unit\":\"Cel\",\"site\":\"a\"}",
                "{\"value\":-7,\"timestamp\":1769862896789,\"sensorId\":\"door-1\"}",
                "\n { \"type\" : \"door\" , \"sensorId\" : \"door-1\" , \"value\" : \"open\" , \"timestamp\" : \"2026-01-31T12:34:56Z\" } ",
                "{\"sensorId\":\"door-1\",\"timestamp\":\"2026-01-31T13:34:56+01:00\",\"value\":true}",
            })
    void decodesTypicalBodies(String body) {
        Accepted plain = plain("door-1", body);

        assertThat(plain).isNotNull().isEqualTo(any("door-1", body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sensorId\" \"value\":1,\"timestamp\":1769862896789,\"value\":1}",
                "{\"sensorId\":\"a\",\"timestamp\":1769862896789,\"value\":1",
                "{\"sensorId\":\"a\",\"timestamp\":1769862896789,\"value\":1}}",
                "{\"sensorId\":\"a\",\"timestamp\":1769862896789,\"value\":1,}",
                "{\"sensorId\":\"a\",\"sensorId\":\"a\",\"timestamp\":1769862896789,\"value\":1}",
                "{\"sensorId\":\"a\",\"timestamp\":1769862896789,\"value\":1,\"other\":2}",
                "{\"sensorId\":\"b\",\"timestamp\":1769862896789,\"value\":1}",
                "",
                "{",
                "{}",
            })
    void leavesOtherBodiesToTheParser(String body) {
        assertThat(plain("a", body)).isNull();
    }

    @Test
    void agreesWithTheParser() {
        long seed = 20260131;
        Random random = new Random(seed);
        int plain = 0;
        for (int i = 0; i < 100_000; i++) {
            String body = random.nextInt(4) == 0 ? mutated(body(random), random) : body(random);
            String key = random.nextInt(3) == 0 ? null : random.nextBoolean() ? "a" : "door-1";
            Accepted accepted = plain(key, body);
            if (accepted != null) {
                plain++;
                assertThat(accepted)
                        .as("seed %d, key %s, body %s", seed, key, body)
                        .isEqualTo(any(key, body));
            }
            Accepted posted = PlainReading.of(null, null, body.getBytes(UTF_8), RECORD_TIME_MILLIS);
            if (posted != null) {
                assertThat(posted)
                        .as("seed %d, posted body %s", seed, body)
                        .isEqualTo(ReadingDecoder.decodeAny(
                                null, HeaderValues.NONE, null, body.getBytes(UTF_8), RECORD_TIME_MILLIS));
            }
        }
        assertThat(plain).as("bodies that were plain").isGreaterThan(10_000);
    }

    private static String body(Random random) {
        List<String> fields = new ArrayList<>();
        fields.add("\"sensorId\"" + blank(random) + ":" + blank(random) + oneOf(IDS, random));
        fields.add("\"timestamp\":" + blank(random) + oneOf(TIMES, random));
        fields.add("\"value\":" + (random.nextBoolean() ? oneOf(VALUES, random) : number(random)));
        if (random.nextInt(3) == 0) {
            fields.add("\"unit\":" + oneOf(UNITS, random));
        }
        if (random.nextInt(3) == 0) {
            fields.add("\"site\":" + oneOf(SITES, random));
        }
        if (random.nextInt(3) == 0) {
            fields.add("\"type\":" + oneOf(TYPES, random));
        }
        if (random.nextInt(20) == 0) {
            fields.add(oneOf(fields, random));
        }
        Collections.shuffle(fields, random);
        return blank(random) + "{" + blank(random) + String.join(blank(random) + "," + blank(random), fields) + "}";
    }

    private static String number(Random random) {
        String digits = Long.toString(random.nextLong(Long.MAX_VALUE));
        String some = digits.substring(0, 1 + random.nextInt(Math.min(17, digits.length())));
        int point = random.nextInt(some.length() + 1);
        String sign = random.nextBoolean() ? "-" : "";
        return sign
                + (point == 0
                        ? "0." + some
                        : point == some.length() ? some : some.substring(0, point) + "." + some.substring(point));
    }

    private static String mutated(String body, Random random) {
        int at = random.nextInt(body.length());
        return switch (random.nextInt(3)) {
            case 0 -> body.substring(0, at) + body.substring(at + 1);
            case 1 -> body.substring(0, at) + (char) (' ' + random.nextInt(96)) + body.substring(at + 1);
            default -> body.substring(0, at) + (char) random.nextInt(0x100) + body.substring(at);
        };
    }

    private static String blank(Random random) {
        return random.nextInt(4) == 0 ? oneOf(BLANKS, random) : "";
    }

    /** The first of a list is valid; it is preferred, or hardly any body would be valid. */
    private static String oneOf(List<String> list, Random random) {
        return list.get(random.nextInt(3) > 0 ? 0 : random.nextInt(list.size()));
    }

    private static @Nullable Accepted plain(@Nullable String key, String body) {
        return PlainReading.of(
                TYPE, key == null ? null : key.getBytes(UTF_8), body.getBytes(UTF_8), RECORD_TIME_MILLIS);
    }

    private static DecodeResult any(@Nullable String key, String body) {
        return ReadingDecoder.decodeAny(
                TYPE,
                HeaderValues.NONE,
                key == null ? null : key.getBytes(UTF_8),
                body.getBytes(UTF_8),
                RECORD_TIME_MILLIS);
    }
}
