package io.telltale.simulate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordStreamTest {

    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final FaultShares MANY = new FaultShares(0.1, 0.1, 0.1, 0.1, 0.1);
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void theSameSeedGivesTheSameBytes() {
        SimulationSettings settings =
                SimulationSettings.of(60, START).withFaults(MANY).withSeed(42);

        List<String> once = texts(records(settings, 5_000));
        List<String> again = texts(records(settings, 5_000));

        assertThat(again).isEqualTo(once);
    }

    @Test
    void anotherSeedGivesAnotherFleet() {
        SimulationSettings settings = SimulationSettings.of(60, START);

        List<String> one = texts(records(settings.withSeed(1), 1_000));
        List<String> other = texts(records(settings.withSeed(2), 1_000));

        assertThat(other).isNotEqualTo(one);
    }

    @Test
    void theLedgerBalancesOverAHundredThousandRecords() {
        Ledger ledger = new Ledger(1_000_000);
        Tally tally = new Tally();
        RecordedSink sink = new RecordedSink(ledger);

        for (OutgoingRecord record : records(SimulationSettings.of(600, START).withFaults(MANY), 100_000)) {
            tally.add(record.outcome());
            sink.send(record);
        }

        SimulationCounts counts = tally.counts(0, 0, sink);
        assertThat(counts.sent()).isEqualTo(100_000);
        assertThat(counts.distinct() + counts.repeats() + counts.corrections() + counts.deadLetters())
                .isEqualTo(100_000);
        assertThat(ledger.size()).isEqualTo(counts.distinct());
        assertThat(ledger.leftOut()).isZero();
        assertThat(ledger.deadLetters()).isEqualTo(counts.sentByReason());
        assertThat(counts.sentByCause().keySet()).isEqualTo(EnumSet.allOf(Cause.class));
        assertThat(counts.sentByCause().values())
                .allSatisfy(count -> assertThat(count).isBetween(8_000L, 65_000L));
    }

    @Test
    void theLedgerHoldsWhatReadingTheBodiesInOrderGives() throws JsonProcessingException {
        RecordedSink sink = new RecordedSink(new Ledger(1_000_000));
        Ledger ledger = new Ledger(1_000_000);
        Map<String, Map<Long, JsonNode>> read = new HashMap<>();
        for (OutgoingRecord record : records(SimulationSettings.of(60, START).withFaults(MANY), 20_000)) {
            ledger.acknowledged(record.outcome());
            sink.send(record);
            if (record.outcome() instanceof Outcome.Stored) {
                JsonNode body = JSON.readTree(text(record.body()));
                assertThat(text(record.key())).isEqualTo(body.get("sensorId").textValue());
                read.computeIfAbsent(body.get("sensorId").textValue(), id -> new TreeMap<>())
                        .put(millis(body.get("timestamp")), body.get("value"));
            }
        }

        Map<String, Map<Long, JsonNode>> written = new HashMap<>();
        for (SensorId sensor : ledger.sensors()) {
            Map<Long, JsonNode> values = new TreeMap<>();
            ledger.readings(sensor).forEach((millis, value) -> values.put(millis, node(value)));
            written.put(sensor.value(), values);
        }
        assertThat(written).isEqualTo(read);
    }

    @Test
    void givesEachReadingItsOwnSensorAndMillisecond() {
        FaultShares halfLate = new FaultShares(0.5, 0, 0, 0, 0);
        for (double rate : new double[] {0.1, 1, 99, 100}) {
            Set<String> seen = new HashSet<>();
            SimulationSettings settings =
                    SimulationSettings.of(7, START).withRatePerSensor(rate).withFaults(halfLate);
            // Long enough at 100 a second for late readings to reach back to those on time.
            for (OutgoingRecord record : records(settings, 200_000)) {
                Reading reading = ((Outcome.Stored) record.outcome()).reading();
                assertThat(seen.add(reading.sensorId() + "@" + reading.timestampMillis()))
                        .isTrue();
            }
        }
    }

    @Test
    void aRepeatIsTheSameRecordAndFollowsIt() {
        List<OutgoingRecord> records =
                records(SimulationSettings.of(6, START).withFaults(new FaultShares(0, 0.2, 0, 0, 0)), 2_000);

        Map<String, OutgoingRecord> firsts = new HashMap<>();
        int repeats = 0;
        for (OutgoingRecord record : records) {
            if (cause(record) == Cause.REPEAT) {
                OutgoingRecord first = Objects.requireNonNull(firsts.get(text(record.body())));
                assertThat(record.key()).isEqualTo(first.key());
                repeats++;
            } else {
                firsts.put(text(record.body()), record);
            }
        }
        assertThat(repeats).isBetween(200, 500);
    }

    @Test
    void aCorrectionFollowsItsOriginalWithAnotherValue() {
        List<OutgoingRecord> records =
                records(SimulationSettings.of(6, START).withFaults(new FaultShares(0, 0, 0.2, 0, 0)), 2_000);

        Map<String, Value> originals = new HashMap<>();
        int corrections = 0;
        for (OutgoingRecord record : records) {
            Reading reading = ((Outcome.Stored) record.outcome()).reading();
            String slot = reading.sensorId() + "@" + reading.timestampMillis();
            if (cause(record) == Cause.CORRECTION) {
                assertThat(reading.value()).isNotEqualTo(Objects.requireNonNull(originals.get(slot)));
                corrections++;
            } else {
                originals.put(slot, reading.value());
            }
        }
        assertThat(corrections).isBetween(200, 500);
    }

    @Test
    void aReadingOutOfOrderComesAfterAYoungerOneOfItsSensor() {
        List<OutgoingRecord> records =
                records(SimulationSettings.of(6, START).withFaults(new FaultShares(0, 0, 0, 0.1, 0)), 2_000);

        Map<SensorId, Long> newest = new HashMap<>();
        int overtaken = 0;
        int heldBack = 0;
        for (OutgoingRecord record : records) {
            Reading reading = ((Outcome.Stored) record.outcome()).reading();
            long newestSoFar = newest.getOrDefault(reading.sensorId(), Long.MIN_VALUE);
            if (cause(record) == Cause.OUT_OF_ORDER) {
                heldBack++;
                overtaken += reading.timestampMillis() < newestSoFar ? 1 : 0;
            }
            newest.put(reading.sensorId(), Math.max(newestSoFar, reading.timestampMillis()));
        }
        assertThat(heldBack).isBetween(100, 300);
        // Those between which nothing went on time are overtaken by nothing.
        assertThat(overtaken).isGreaterThan(heldBack * 8 / 10);
    }

    @Test
    void aLateReadingIsMinutesToHoursOld() {
        SimulationSettings settings = SimulationSettings.of(60, START).withFaults(new FaultShares(1, 0, 0, 0, 0));

        for (OutgoingRecord record : records(settings, 60)) {
            Reading reading = ((Outcome.Stored) record.outcome()).reading();
            assertThat(START.toEpochMilli() - reading.timestampMillis()).isBetween(58_000L, 12 * 3_600_000L + 2_000);
        }
    }

    @Test
    void everySiteHasSensorsOfAllKindsAndNumbersHaveTwoDecimals() throws JsonProcessingException {
        Set<String> kindsAndSites = new HashSet<>();
        for (OutgoingRecord record : records(SimulationSettings.of(18, START).withFaults(FaultShares.NONE), 1_800)) {
            JsonNode body = JSON.readTree(text(record.body()));
            kindsAndSites.add(record.topic() + " " + body.get("site").textValue());
            if (body.get("value").isNumber()) {
                assertThat(text(record.body())).containsPattern("\"value\":-?[0-9]+\\.[0-9]{2}[,}]");
            }
        }
        assertThat(kindsAndSites)
                .hasSize(18)
                .contains("sensors.temperature berlin-1", "sensors.door leipzig-1", "sensors.motion hamburg-1");
    }

    private static List<OutgoingRecord> records(SimulationSettings settings, int count) {
        RecordStream stream = new RecordStream(settings, new Schedule(settings.sensors(), settings.ratePerSensor()));
        List<OutgoingRecord> records = new ArrayList<>(count);
        while (records.size() < count) {
            records.add(Objects.requireNonNull(stream.nextBefore(Long.MAX_VALUE)));
        }
        return records;
    }

    private static Cause cause(OutgoingRecord record) {
        return ((Outcome.Stored) record.outcome()).cause();
    }

    private static List<String> texts(List<OutgoingRecord> records) {
        return records.stream()
                .map(record -> record.topic() + Arrays.toString(record.key()) + Arrays.toString(record.body()))
                .toList();
    }

    private static String text(byte @Nullable [] bytes) {
        return new String(Objects.requireNonNull(bytes), UTF_8);
    }

    private static long millis(JsonNode timestamp) {
        return timestamp.isNumber()
                ? timestamp.longValue()
                : Instant.parse(timestamp.textValue()).toEpochMilli();
    }

    private static JsonNode node(Value value) {
        if (value instanceof Value.Numeric numeric) {
            return JSON.getNodeFactory().numberNode(numeric.number());
        }
        if (value instanceof Value.Flag flag) {
            return JSON.getNodeFactory().booleanNode(flag.flag());
        }
        return JSON.getNodeFactory().textNode(((Value.Text) value).text());
    }
}
