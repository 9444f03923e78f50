package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What ingest remembers of a million sensors, and what that costs. */
class FingerprintCacheTest {

    private static final int MILLION = 1_000_000;
    private static final SensorType TYPE = new SensorType("temperature");
    private static final TimestampedDescription SAID =
            TimestampedDescription.of(new Description("Cel", "berlin-1"), 1_000);

    @Test
    void aMillionSensorsAreRememberedInLessThan40Megabytes() {
        RegistrationCache memory = new RegistrationCache(MILLION);
        for (int i = 0; i < MILLION; i++) {
            memory.settle(sensor(i), TYPE, SAID);
        }
        int remembered = 0;
        for (int i = 0; i < MILLION; i++) {
            if (isSettled(memory, sensor(i), TYPE, SAID.description(), 1_000)) {
                remembered++;
            }
        }
        assertThat(memory.sizeBytes()).isEqualTo(32L << 20);
        assertThat(memory.size()).isEqualTo(remembered);
        assertThat(remembered).isGreaterThan(MILLION / 1_000 * 999);
    }

    @Test
    void fewSensorsTakeLittleMemory() {
        RegistrationCache memory = new RegistrationCache(MILLION);
        assertThat(memory.sizeBytes()).isEqualTo(32 << 10);
        for (int i = 0; i < 10_000; i++) {
            memory.settle(sensor(i), TYPE, SAID);
        }
        assertThat(memory.size()).isEqualTo(10_000);
        assertThat(memory.sizeBytes()).isEqualTo(512 << 10);
    }

    @Test
    void whatIsForgottenIsNotTakenForAnotherAndTheNewestStay() {
        RegistrationCache memory = new RegistrationCache(1_000);
        int sensors = 200_000;
        for (int i = 0; i < sensors; i++) {
            assertThat(isSettled(memory, sensor(i), TYPE, Description.NONE, 1_000))
                    .isFalse();
            memory.settle(sensor(i), TYPE, SAID);
            assertThat(isSettled(memory, sensor(i), TYPE, SAID.description(), 1_000))
                    .isTrue();
            assertThat(isSettled(memory, sensor(i), new SensorType("humidity"), Description.NONE, 1_000))
                    .isFalse();
        }
        assertThat(memory.sizeBytes()).isEqualTo(32 << 10);
        List<Integer> remembered = new ArrayList<>();
        for (int i = 0; i < sensors; i++) {
            if (isSettled(memory, sensor(i), TYPE, Description.NONE, 1_000)) {
                remembered.add(i);
            }
        }
        assertThat(remembered).hasSize(memory.size()).hasSizeGreaterThan(1_000);
        assertThat(remembered).allSatisfy(i -> assertThat(i).isGreaterThan(sensors - 5_000));
    }

    @Test
    void growingForgetsNothingAndMixesNothingUp() {
        RegistrationCache memory = new RegistrationCache(100_000);
        for (int i = 0; i < 50_000; i++) {
            memory.settle(sensor(i), TYPE, said(i));
        }
        for (int i = 0; i < 50_000; i++) {
            assertThat(isSettled(memory, sensor(i), TYPE, said(i).description(), 1_000 + i))
                    .isTrue();
            assertThat(isSettled(memory, sensor(i), TYPE, said(i + 1).description(), 1_000 + i))
                    .isFalse();
        }
    }

    @Test
    void thingsWithOneHalfOfAFingerprintInCommonAreToldApart() {
        FingerprintCache memory = new FingerprintCache(1_024, 1);
        // The same first halves, so that several stand in one set; some of them with the same second half as another.
        for (long high = 1; high <= 4; high++) {
            for (long low = 1; low <= 4; low++) {
                assertThat(memory.find(high, low)).isEqualTo(FingerprintCache.NOWHERE);
                memory.set(memory.add(high, low), 0, 10 * high + low);
            }
        }
        for (long high = 1; high <= 4; high++) {
            for (long low = 1; low <= 4; low++) {
                assertThat(memory.get(memory.find(high, low), 0)).isEqualTo(10 * high + low);
            }
            assertThat(memory.find(high, 5)).isEqualTo(FingerprintCache.NOWHERE);
        }
    }

    @Test
    void aListingIsOneSensorsOneBucketOrWeek() {
        BucketIndexCache memory = new BucketIndexCache(MILLION);
        for (int i = 0; i < 1_000; i++) {
            memory.listed(sensor(i), i * 900_000L, false);
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(memory.isListed(sensor(i), i * 900_000L, false)).isTrue();
            assertThat(memory.isListed(sensor(i), i * 900_000L, true)).isFalse();
            assertThat(memory.isListed(sensor(i), (i + 1) * 900_000L, false)).isFalse();
            assertThat(memory.isListed(sensor(i + 1), i * 900_000L, false)).isFalse();
        }
    }

    private static TimestampedDescription said(int i) {
        return TimestampedDescription.of(new Description("Cel", "site-" + i), 1_000 + i);
    }

    private static SensorId sensor(int i) {
        return new SensorId("urn:dev:mac:%06x".formatted(i));
    }

    private static boolean isSettled(
            RegistrationCache sensors, SensorId id, SensorType type, Description said, long recordTime) {
        ObservationBatch sightings = new ObservationBatch(1);
        sightings.add(id, type, said, recordTime);
        return sensors.states(sightings).isEmpty();
    }
}
