package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FingerprintCacheTest {

    @Test
    void distinguishesFingerprintsWithACommonHalf() {
        FingerprintCache cache = new FingerprintCache(1_024, 1);
        // Equal first halves put several into one set; some of them share the second half with another.
        for (long high = 1; high <= 4; high++) {
            for (long low = 1; low <= 4; low++) {
                assertThat(cache.find(high, low)).isEqualTo(FingerprintCache.ABSENT);
                cache.set(cache.add(high, low), 0, 10 * high + low);
            }
        }
        for (long high = 1; high <= 4; high++) {
            for (long low = 1; low <= 4; low++) {
                assertThat(cache.get(cache.find(high, low), 0)).isEqualTo(10 * high + low);
            }
            assertThat(cache.find(high, 5)).isEqualTo(FingerprintCache.ABSENT);
        }
    }
}
