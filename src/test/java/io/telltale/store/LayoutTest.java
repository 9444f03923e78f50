package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutTest {

    private static final SensorType TYPE = new SensorType("temperature");
    private static final SensorId SENSOR = new SensorId("temperature-0001");
    private static final long QUARTER = Duration.ofMinutes(15).toMillis();
    private static final long HOUR = Duration.ofHours(1).toMillis();

    /** Computed independently. If a hash changed, stored readings would not be found. */
    @ParameterizedTest
    @CsvSource({
        "a, 444641715, 51",
        "temperature-0001, -32618298, 6",
        "Z9:._-, 546341951, 63",
    })
    void theHashNeverChanges(String id, int hash, int shardOf64) {
        assertThat(Layout.hash(id)).isEqualTo(hash);
        assertThat(new Version(1, Version.SINCE_EVER_MILLIS, 64, QUARTER).shardOf(new SensorId(id)))
                .isEqualTo(shardOf64);
    }

    @ParameterizedTest
    @CsvSource({"temperature-%04d", "%d", "site-1.building-2.%08d", "a:%x"})
    void distributesNumberedIdsEvenlyOverShards(String form) {
        Version version = new Version(1, Version.SINCE_EVER_MILLIS, 64, QUARTER);
        int[] sensorsOf = new int[64];
        for (int i = 0; i < 64_000; i++) {
            sensorsOf[version.shardOf(new SensorId(form.formatted(i)))]++;
        }
        // 1,000 expected, with a tolerance of 5 standard deviations.
        assertThat(IntStream.of(sensorsOf))
                .allSatisfy(sensors -> assertThat(sensors).isBetween(850, 1_150));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-01T00:00:00Z,     2026-01-01T00:00:00Z",
        "2026-01-01T00:14:59.999Z, 2026-01-01T00:00:00Z",
        "2026-01-01T00:15:00Z,     2026-01-01T00:15:00Z",
        "1970-01-01T00:00:00Z,     1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z, 1969-12-31T23:45:00Z",
        "1969-12-31T23:45:00Z,     1969-12-31T23:45:00Z",
        "1969-12-31T23:44:59.999Z, 1969-12-31T23:30:00Z",
        "0000-01-01T00:00:00Z,     0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z, 9999-12-31T23:45:00Z",
    })
    void aBucketStartsAtOrBeforeItsInstants(Instant instant, Instant bucketStart) {
        ReadingPartition partition = layout(first(64, QUARTER)).partitionOf(SENSOR, instant.toEpochMilli());
        assertThat(Instant.ofEpochMilli(partition.bucketStartMillis())).isEqualTo(bucketStart);
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01T00:00:00Z,     1970-01-01T00:00:00Z",
        "1970-01-07T23:59:59.999Z, 1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z, 1969-12-25T00:00:00Z",
        "2026-01-01T00:00:00Z,     2026-01-01T00:00:00Z",
    })
    void weeksStartOnThursdays(Instant instant, Instant weekStart) {
        assertThat(Instant.ofEpochMilli(Layout.weekStart(instant.toEpochMilli())))
                .isEqualTo(weekStart);
    }

    @Test
    void aBucketIsWithinOneWeek() {
        Random random = new Random(7);
        for (long bucketMillis : new long[] {60_000, QUARTER, HOUR, Layout.WEEK_MILLIS / 7, Layout.WEEK_MILLIS}) {
            Version version = first(64, bucketMillis);
            for (int i = 0; i < 1_000; i++) {
                long instant = anyInstant(random);
                long start = version.bucketStart(instant);
                assertThat(instant - start).isBetween(0L, bucketMillis - 1);
                assertThat(Layout.weekStart(start)).isEqualTo(Layout.weekStart(start + bucketMillis - 1));
            }
        }
    }

    @Test
    void aVersionIsValidUntilTheNextOne() {
        long second = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
        long third = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
        Layout layout =
                layout(first(64, QUARTER), new Version(2, second, 128, QUARTER), new Version(3, third, 128, HOUR));
        assertThat(layout.versionAt(Reading.MIN_TIMESTAMP_MILLIS).number()).isEqualTo(1);
        assertThat(layout.versionAt(second - 1).number()).isEqualTo(1);
        assertThat(layout.versionAt(second).number()).isEqualTo(2);
        assertThat(layout.versionAt(third - 1).number()).isEqualTo(2);
        assertThat(layout.versionAt(third).number()).isEqualTo(3);
        assertThat(layout.versionAt(Reading.MAX_TIMESTAMP_MILLIS).number()).isEqualTo(3);
    }

    /** A bucket across two versions would be read from the shard of only one of them. */
    @Test
    void allInstantsOfABucketShareAPartition() {
        long second = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
        Layout layout = layout(first(64, QUARTER), new Version(2, second, 32, HOUR));
        Random random = new Random(11);
        for (int i = 0; i < 10_000; i++) {
            long instant = second + random.nextLong(-10 * HOUR, 10 * HOUR);
            ReadingPartition partition = layout.partitionOf(SENSOR, instant);
            assertThat(layout.partitionOf(SENSOR, partition.bucketStartMillis()))
                    .as("the partition of %d and of its bucket's first instant", instant)
                    .isEqualTo(partition);
        }
    }

    @Test
    void rejectsALayoutThatWouldLoseReadings() {
        long boundary = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
        assertThatThrownBy(() -> layout(new Version(1, boundary, 64, QUARTER)))
                .hasMessage("layout of type temperature has no first version without a lower bound");
        assertThatThrownBy(() -> layout(first(64, HOUR), new Version(2, boundary + QUARTER, 64, QUARTER)))
                .hasMessage("layout version 2 of type temperature does not begin on a bucket boundary after version 1");
        assertThatThrownBy(() -> layout(
                        first(64, QUARTER),
                        new Version(2, boundary, 64, QUARTER),
                        new Version(3, boundary, 64, QUARTER)))
                .hasMessage("layout version 3 of type temperature does not begin on a bucket boundary after version 2");
        assertThatThrownBy(() -> new Version(2, boundary + 1, 64, QUARTER))
                .hasMessage(
                        "validFrom %d ms of layout version 2 is not a boundary of its buckets".formatted(boundary + 1));
    }

    @ParameterizedTest
    @CsvSource({
        "0,    900000,    shards 0 of layout version 1 are not within 1 to 4096",
        "4097, 900000,    shards 4097 of layout version 1 are not within 1 to 4096",
        "64,   59999,     'bucket of 59999 ms of layout version 1 is not a whole fraction of a week, a minute or longer'",
        "64,   0,         'bucket of 0 ms of layout version 1 is not a whole fraction of a week, a minute or longer'",
        "64,   660000,    'bucket of 660000 ms of layout version 1 is not a whole fraction of a week, a minute or longer'",
        "64,   604800001, 'bucket of 604800001 ms of layout version 1 is not a whole fraction of a week, a minute or longer'",
    })
    void rejectsAVersionOutOfBounds(int shards, long bucketMillis, String message) {
        assertThatThrownBy(() -> first(shards, bucketMillis)).hasMessage(message);
    }

    private static Layout layout(Version... versions) {
        return new Layout(TYPE, List.of(versions));
    }

    private static Version first(int shards, long bucketMillis) {
        return new Version(1, Version.SINCE_EVER_MILLIS, shards, bucketMillis);
    }

    private static long anyInstant(Random random) {
        return random.nextLong(Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS + 1);
    }

    @Test
    void aVersionPlacesReadingsInSegmentsOrRows() {
        SensorType type = new SensorType("temperature");
        SensorId id = new SensorId("t-1");
        Layout layout = new Layout(
                type,
                List.of(
                        new Version(1, Version.SINCE_EVER_MILLIS, 64, 900_000),
                        new Version(2, 900_000, 64, 900_000, Layout.Storage.SEGMENTS)));
        assertThat(layout.hasSegments()).isTrue();
        assertThat(layout.placementOf(id, 899_999)).isEqualTo(layout.partitionOf(id, 899_999));
        assertThat(layout.placementOf(id, 900_000)).isEqualTo(new Lane(type, Lane.FIRST));
        assertThat(new Layout(type, layout.versions().subList(0, 1)).hasSegments())
                .isFalse();
    }
}
