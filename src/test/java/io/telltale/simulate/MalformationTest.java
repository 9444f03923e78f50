package io.telltale.simulate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Judges the bad records by checks of its own, in the order of the contract's codes. */
class MalformationTest {

    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00.123Z");
    private static final Template GOOD =
            new Template(new SensorId("temperature-0001"), new SensorType("temperature"), NOW.toEpochMilli());
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    @Test
    void theTemplateItselfIsGood() {
        assertThat(faults(GOOD.sensorId().value(), GOOD.body().getBytes(UTF_8))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void everyKindBreaksTheRuleItClaimsAndNoOther(Malformation kind) {
        Map<String, String> faults = faults(kind.key(GOOD), kind.body(GOOD));

        assertThat(faults).as("%s", faults).containsOnlyKeys(kind.reason());
    }

    @Test
    void everyReasonOfTheContractIsCovered() {
        assertThat(Arrays.stream(Malformation.values()).map(Malformation::reason))
                .contains(
                        "malformed",
                        "missing-field",
                        "invalid-sensor-id",
                        "key-mismatch",
                        "type-mismatch",
                        "invalid-timestamp",
                        "timestamp-in-future",
                        "invalid-value",
                        "too-large");
    }

    /** All that is wrong with a record, by reason. */
    private static Map<String, String> faults(@Nullable String key, byte @Nullable [] bytes) {
        Map<String, String> faults = new TreeMap<>();
        JsonNode body = bytes == null ? null : parsed(bytes);
        if (body == null || !body.isObject()) {
            faults.put("malformed", "not a JSON object");
            return faults;
        }
        if (requireNonNull(bytes).length > 65_536) {
            faults.put("too-large", bytes.length + " bytes");
        }
        idFaults(key, body, faults);
        if (body.has("type") && !body.get("type").textValue().equals("temperature")) {
            faults.put("type-mismatch", body.get("type").toString());
        }
        timestampFaults(body, faults);
        valueFaults(body, faults);
        return faults;
    }

    private static void idFaults(@Nullable String key, JsonNode body, Map<String, String> faults) {
        if (!body.has("sensorId")) {
            if (key == null) {
                faults.put("missing-field", "neither sensorId nor key");
            }
            return;
        }
        String id = body.get("sensorId").textValue();
        if (!id.matches("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")) {
            faults.put("invalid-sensor-id", id);
        }
        if (key != null && !key.equals(id)) {
            faults.put("key-mismatch", key);
        }
    }

    private static void timestampFaults(JsonNode body, Map<String, String> faults) {
        if (!body.has("timestamp")) {
            faults.put("missing-field", "timestamp");
            return;
        }
        Instant timestamp = instant(body.get("timestamp"));
        if (timestamp == null) {
            faults.put("invalid-timestamp", body.get("timestamp").toString());
        } else if (timestamp.isAfter(NOW.plusSeconds(600))) {
            faults.put("timestamp-in-future", timestamp.toString());
        }
    }

    private static @Nullable Instant instant(JsonNode timestamp) {
        if (timestamp.isIntegralNumber()) {
            long number = timestamp.longValue();
            boolean millis = number < 0 || (number >= 100_000_000_000L && number < 100_000_000_000_000L);
            return millis ? Instant.ofEpochMilli(number) : null;
        }
        try {
            return timestamp.isTextual()
                    ? OffsetDateTime.parse(timestamp.textValue()).toInstant()
                    : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static void valueFaults(JsonNode body, Map<String, String> faults) {
        if (!body.has("value")) {
            faults.put("missing-field", "value");
            return;
        }
        JsonNode value = body.get("value");
        boolean good;
        if (value.isIntegralNumber()) {
            good = new BigDecimal(value.bigIntegerValue()).compareTo(new BigDecimal(value.doubleValue())) == 0;
        } else if (value.isNumber()) {
            good = Double.isFinite(Double.parseDouble(value.decimalValue().toString()));
        } else if (value.isTextual()) {
            good = value.textValue().codePointCount(0, value.textValue().length()) <= 1_024;
        } else {
            good = value.isBoolean();
        }
        if (!good) {
            faults.put(
                    "invalid-value",
                    value.toString().substring(0, Math.min(40, value.toString().length())));
        }
    }

    private static @Nullable JsonNode parsed(byte[] bytes) {
        try {
            return JSON.readTree(
                    UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (IOException e) {
            return null;
        }
    }
}
