package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorId;
import org.junit.jupiter.api.Test;

class BucketIndexCacheTest {

    @Test
    void distinguishesSensorsBucketsAndWeeks() {
        BucketIndexCache cache = new BucketIndexCache(1_000_000);
        for (int i = 0; i < 1_000; i++) {
            cache.add(sensor(i), i * 900_000L, false);
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(cache.contains(sensor(i), i * 900_000L, false)).isTrue();
            assertThat(cache.contains(sensor(i), i * 900_000L, true)).isFalse();
            assertThat(cache.contains(sensor(i), (i + 1) * 900_000L, false)).isFalse();
            assertThat(cache.contains(sensor(i + 1), i * 900_000L, false)).isFalse();
        }
    }

    private static SensorId sensor(int i) {
        return new SensorId("urn:dev:mac:%06x".formatted(i));
    }
}
