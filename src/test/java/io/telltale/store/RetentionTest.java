package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetentionTest {

    private static final SensorType TYPE = new SensorType("temperature");
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00.400Z");
    private static final long HOUR = Duration.ofHours(1).toMillis();

    @Test
    void keepsReadingsWithoutARetention() {
        Retention none = retention(StoreSettings.in("any"), NOW);
        assertThat(none.isUnlimited(TYPE)).isTrue();
        assertThat(none.isOver(at(Reading.MIN_TIMESTAMP_MILLIS))).isFalse();
    }

    @Test
    void theRetentionOfATypeOverridesTheDefault() {
        Retention retention = retention(
                StoreSettings.in("any")
                        .withRetention(Duration.ofDays(1))
                        .withRetention("temperature", Duration.ofHours(1)),
                NOW);
        assertThat(retention.isOver(at(NOW.toEpochMilli() - 2 * HOUR))).isTrue();
        Retention ofAnother = retention(
                StoreSettings.in("any")
                        .withRetention(Duration.ofDays(1))
                        .withRetention("humidity", Duration.ofHours(1)),
                NOW);
        assertThat(ofAnother.isOver(at(NOW.toEpochMilli() - 2 * HOUR))).isFalse();
        assertThat(ofAnother.isOver(at(NOW.toEpochMilli() - 25 * HOUR))).isTrue();
    }

    @Test
    void aReadingExpiresAtItsRetention() {
        Retention retention = retention(anHour(), NOW);
        assertThat(retention.isOver(at(NOW.toEpochMilli() - HOUR + 1))).isFalse();
        assertThat(retention.isOver(at(NOW.toEpochMilli() - HOUR))).isTrue();
        assertThat(retention.isOver(at(Reading.MIN_TIMESTAMP_MILLIS))).isTrue();
        assertThat(retention.isOver(at(Reading.MAX_TIMESTAMP_MILLIS))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        // age in ms, expected TTL in s for a retention of an hour
        "0, 3601",
        "400, 3600",
        "401, 3600",
        "3599399, 2",
        "3599400, 1",
        "3600000, 1",
        "9999999, 1",
        "-600000, 4201",
        "-9000000000000, 630720000",
    })
    void theTtlIsWithinCassandrasLimits(long agoMillis, int seconds) {
        assertThat(retention(anHour(), NOW).ttlSeconds(TYPE, NOW.toEpochMilli() - agoMillis))
                .isEqualTo(seconds);
    }

    /**
     * Cassandra adds the TTL to its current second. The sum must not depend on the time of the write, or writes would
     * conflict.
     */
    @Test
    void theExpiryIsIndependentOfTheTimeOfTheWrite() {
        long timestamp = NOW.toEpochMilli() - 12_345;
        for (int later = 0; later < 3_000; later += 7) {
            Retention retention = retention(anHour(), NOW.plusMillis(later));
            assertThat(retention.nowSecond() + retention.ttlSeconds(TYPE, timestamp))
                    .isEqualTo(retention.expirySecond(TYPE, timestamp));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "*, PT59M59S, telltale.storage.retention is PT59M59S",
        "*, PT175200H0.001S, telltale.storage.retention is PT175200H0.001S",
        "temperature, PT1S, telltale.storage.retention.temperature is PT1S",
        "Temperature, PT1H, telltale.storage.retention.Temperature is PT1H",
    })
    void rejectsAnInvalidRetentionByName(String type, Duration kept, String message) {
        assertThatThrownBy(() -> retention(of(type, kept), NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message + "; expected a");
    }

    @ParameterizedTest
    @CsvSource({"PT1H, MINUTES, 2", "PT30H, HOURS, 1", "P29D, HOURS, 23", "P30D, DAYS, 1", "P7300D, DAYS, 243"})
    void compactionWindowsAreAboutAThirtieth(Duration kept, String unit, int size) {
        assertThat(retention(StoreSettings.in("any").withRetention(kept), NOW).compaction())
                .contains("'compaction_window_unit': '%s', 'compaction_window_size': %d".formatted(unit, size));
    }

    @Test
    void rejectsExpiryBeyond2038OnOlderClusters() {
        Retention twenty = retention(StoreSettings.in("any").withRetention(Duration.ofDays(7_300)), NOW);
        assertThat(twenty.conflictWith("CASSANDRA_4")).hasValueSatisfying(reason -> assertThat(reason)
                .contains("telltale.storage.retention is PT175200H", "2038", "CASSANDRA_4"));
        assertThat(twenty.conflictWith("NONE")).isEmpty();
        assertThat(retention(anHour(), NOW).conflictWith("CASSANDRA_4")).isEmpty();
        assertThat(retention(StoreSettings.in("any"), NOW).conflictWith("CASSANDRA_4"))
                .isEmpty();
    }

    @Test
    void readsRetentionsOfAllTypesAndOfOne() {
        StoreConfig both =
                read(Map.of("telltale.storage.retention", "90d", "telltale.storage.retention.room-temperature", "36h"));
        assertThat(both.retention()).contains(Duration.ofDays(90));
        assertThat(both.retentionByType()).isEqualTo(Map.of("room-temperature", Duration.ofHours(36)));
        assertThat(read(Map.of()).retention()).isEmpty();
        assertThat(read(Map.of()).retentionByType()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "telltale.storage.retentoin, 90d",
        "telltale.storage.retention.temperature.indoor, 90d",
        "telltale.storage.retention, ninety days",
        "telltale.storage.retention.temperature, 20y",
    })
    void rejectsAnInvalidSettingByName(String key, String value) {
        assertThatThrownBy(() -> new Retention(read(Map.of(key, value)), Clock.systemUTC()))
                .hasMessageContaining(key);
    }

    private static StoreConfig read(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 100, new DurationConverter())
                .withMapping(StoreConfig.class)
                .withDefaultValues(settings)
                .build()
                .getConfigMapping(StoreConfig.class);
    }

    private static StoreSettings of(String type, Duration kept) {
        StoreSettings none = StoreSettings.in("any");
        return type.equals("*") ? none.withRetention(kept) : none.withRetention(type, kept);
    }

    private static StoreSettings anHour() {
        return StoreSettings.in("any").withRetention(Duration.ofHours(1));
    }

    private static Retention retention(StoreSettings settings, Instant now) {
        return new Retention(settings, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static Reading at(long timestampMillis) {
        return new Reading(new SensorId("a"), TYPE, timestampMillis, new Value.Numeric(1));
    }
}
