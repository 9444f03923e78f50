package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShreddingsTest {

    private static final SensorId SENSOR = new SensorId("a");
    private static final SensorId OTHER = new SensorId("b");
    private static final SensorType TYPE = new SensorType("t");
    private static final long T = 1_767_225_600_000L;

    private static Shreddings at(long nowMillis) {
        return new Shreddings(Clock.fixed(Instant.ofEpochMilli(nowMillis), ZoneOffset.UTC));
    }

    @Test
    void coverWhatWasRecordedUntilThen() {
        Shreddings shreddings = at(T);
        assertThat(shreddings.areKnown()).isFalse();
        shreddings.replace(Map.of(SENSOR, T));
        assertThat(shreddings.areKnown()).isTrue();
        assertThat(shreddings.known().cover(SENSOR, T)).isTrue();
        assertThat(shreddings.known().cover(SENSOR, T + 1)).isFalse();
        assertThat(shreddings.known().cover(OTHER, -1)).isFalse();
    }

    @Test
    void areRecentFromTheirAnnouncementOn() {
        for (long now : new long[] {T - 12_000, T, T + 59_999, T + 60_000}) {
            Shreddings shreddings = at(now);
            shreddings.replace(Map.of(SENSOR, T));
            assertThat(shreddings.isRecent(SENSOR)).isEqualTo(now < T + 60_000);
            assertThat(shreddings.isRecent(OTHER)).isFalse();
        }
    }

    @Test
    void tellCachesOnce() {
        Shreddings shreddings = at(T);
        List<SensorId> dropped = new ArrayList<>();
        shreddings.onNew(dropped::add);
        shreddings.replace(Map.of(SENSOR, T));
        shreddings.replace(Map.of(SENSOR, T));
        assertThat(dropped).containsExactly(SENSOR);
        shreddings.replace(Map.of(SENSOR, T + 1, OTHER, T));
        assertThat(dropped).containsExactlyInAnyOrder(SENSOR, SENSOR, OTHER);
    }

    @Test
    void aSensorIsNotCachedWhileItIsShredded() {
        Shreddings shreddings = at(T);
        SensorCache cache = new SensorCache(shreddings);
        RegisteredSensor sensor = RegisteredSensor.of(SENSOR, TYPE);
        cache.put(sensor);
        assertThat(cache.get(SENSOR)).isEqualTo(sensor);
        shreddings.replace(Map.of(SENSOR, T));
        cache.put(sensor);
        assertThat(cache.get(SENSOR)).isNull();
        assertThat(cache.contains(SENSOR)).isFalse();
    }

    /** Otherwise the sensor after the shredding would count as registered. */
    @Test
    void anEarlierRegistrationIsNotTheLaterOne() {
        Shreddings shreddings = at(T);
        RegistrationCache registrations = new RegistrationCache(1_000, shreddings::timeOf);
        registrations.put(SENSOR, TYPE, TimestampedDescription.NONE);
        assertThat(registrations.states(observed(0))).isEmpty();
        shreddings.replace(Map.of(SENSOR, T));
        assertThat(registrations.states(observed(T))).containsExactly(RegistrationState.REGISTRATION_DUE);
        registrations.put(SENSOR, TYPE, TimestampedDescription.NONE);
        assertThat(registrations.states(observed(T))).isEmpty();
    }

    private static ObservationBatch observed(long shreddedAtMillis) {
        ObservationBatch batch = new ObservationBatch(1);
        batch.add(SENSOR, TYPE, shreddedAtMillis, Description.NONE, T + 1);
        return batch;
    }

    @Test
    void aShreddingDeletesEveryReading() {
        Deletion shredding = Deletion.shredding(SENSOR, TYPE, T);
        for (long timestamp : new long[] {Reading.MIN_TIMESTAMP_MILLIS, 0, Reading.MAX_TIMESTAMP_MILLIS}) {
            assertThat(shredding.covers(timestamp, T)).isTrue();
            assertThat(shredding.covers(timestamp, T + 1)).isFalse();
        }
        Deletions all = new Deletions(List.of(shredding, Deletion.shredding(SENSOR, TYPE, T - 1)));
        assertThat(all.shreddings()).containsExactly(Map.entry(SENSOR, T));
        assertThat(all.cover(new Reading(SENSOR, TYPE, 0, new Value.Numeric(1)), T))
                .isTrue();
    }

    /** The caches depend on the times of shreddings. */
    @Test
    void onlyAShreddingReplacesAShredding() {
        Deletion shredding = Deletion.shredding(SENSOR, TYPE, T);
        Deletion range = new Deletion(SENSOR, T + 1, Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS + 1);
        assertThat(range.includes(shredding)).isFalse();
        assertThat(Deletion.shredding(SENSOR, TYPE, T + 2).includes(range)).isTrue();
        assertThat(Deletion.shredding(SENSOR, TYPE, T + 2).includes(shredding)).isTrue();
    }
}
