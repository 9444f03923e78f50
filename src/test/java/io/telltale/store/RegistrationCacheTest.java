package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The content and the memory of the cache, with up to a million sensors. */
@Tag("slow")
class RegistrationCacheTest {

    private static final int MILLION = 1_000_000;
    private static final SensorType TYPE = new SensorType("temperature");
    private static final TimestampedDescription REPORTED =
            TimestampedDescription.of(new Description("Cel", "berlin-1"), 1_000);

    @Test
    void cachesAMillionSensorsIn32Mebibytes() {
        RegistrationCache cache = new RegistrationCache(MILLION);
        for (int i = 0; i < MILLION; i++) {
            cache.put(sensor(i), TYPE, REPORTED);
        }
        int cached = 0;
        for (int i = 0; i < MILLION; i++) {
            if (isUpToDate(cache, sensor(i), TYPE, REPORTED.description(), 1_000)) {
                cached++;
            }
        }
        assertThat(cache.sizeBytes()).isEqualTo(32L << 20);
        assertThat(cache.size()).isEqualTo(cached);
        assertThat(cached).isGreaterThan(MILLION / 1_000 * 999);
    }

    @Test
    void usesLittleMemoryForFewSensors() {
        RegistrationCache cache = new RegistrationCache(MILLION);
        assertThat(cache.sizeBytes()).isEqualTo(32 << 10);
        for (int i = 0; i < 10_000; i++) {
            cache.put(sensor(i), TYPE, REPORTED);
        }
        assertThat(cache.size()).isEqualTo(10_000);
        assertThat(cache.sizeBytes()).isEqualTo(512 << 10);
    }

    @Test
    void evictsOldSensorsAndConfusesNone() {
        RegistrationCache cache = new RegistrationCache(1_000);
        int sensors = 200_000;
        for (int i = 0; i < sensors; i++) {
            assertThat(isUpToDate(cache, sensor(i), TYPE, Description.NONE, 1_000))
                    .isFalse();
            cache.put(sensor(i), TYPE, REPORTED);
            assertThat(isUpToDate(cache, sensor(i), TYPE, REPORTED.description(), 1_000))
                    .isTrue();
            assertThat(isUpToDate(cache, sensor(i), new SensorType("humidity"), Description.NONE, 1_000))
                    .isFalse();
        }
        assertThat(cache.sizeBytes()).isEqualTo(32 << 10);
        List<Integer> cached = new ArrayList<>();
        for (int i = 0; i < sensors; i++) {
            if (isUpToDate(cache, sensor(i), TYPE, Description.NONE, 1_000)) {
                cached.add(i);
            }
        }
        assertThat(cached).hasSize(cache.size()).hasSizeGreaterThan(1_000);
        assertThat(cached).allSatisfy(i -> assertThat(i).isGreaterThan(sensors - 5_000));
    }

    @Test
    void keepsAllSensorsWhileItGrows() {
        RegistrationCache cache = new RegistrationCache(100_000);
        for (int i = 0; i < 50_000; i++) {
            cache.put(sensor(i), TYPE, reported(i));
        }
        for (int i = 0; i < 50_000; i++) {
            assertThat(isUpToDate(cache, sensor(i), TYPE, reported(i).description(), 1_000 + i))
                    .isTrue();
            assertThat(isUpToDate(cache, sensor(i), TYPE, reported(i + 1).description(), 1_000 + i))
                    .isFalse();
        }
    }

    private static TimestampedDescription reported(int i) {
        return TimestampedDescription.of(new Description("Cel", "site-" + i), 1_000 + i);
    }

    private static SensorId sensor(int i) {
        return new SensorId("urn:dev:mac:%06x".formatted(i));
    }

    private static boolean isUpToDate(
            RegistrationCache cache, SensorId id, SensorType type, Description reported, long recordTimeMillis) {
        ObservationBatch observations = new ObservationBatch(1);
        observations.add(id, type, reported, recordTimeMillis);
        return cache.states(observations).isEmpty();
    }
}
