package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A store with a retention of an hour and one without, on the same tables. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ExpiringReadingsTest {

    private static final SensorType TYPE = new SensorType("expiring");
    private static final long HOUR = Duration.ofHours(1).toMillis();

    private final Clock clock = Clock.systemUTC();

    @Inject
    Database database;

    @Inject
    Layouts layouts;

    @Inject
    StoreConfig config;

    private ReadingStore forAnHour;
    private ReadingStore unlimited;
    private Sensor sensor;

    @BeforeEach
    void createTwoStores() {
        get(database.whenReady());
        forAnHour = store(anHour());
        unlimited = store(StoreSettings.in(config.keyspace()));
        sensor = newSensor();
    }

    @Test
    void aReadingExpiresAndOthersDoNot() {
        long now = clock.millis();
        long expiring = now - HOUR + 3_000;
        write(forAnHour, expiring, 100);
        write(forAnHour, now, 100);
        assertThat(timestamps()).containsExactly(expiring, now);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(timestamps()).containsExactly(now));
    }

    @Test
    void keepsReadingsFromBeforeTheRetention() {
        long now = clock.millis();
        long old = now - HOUR + 2_500;
        write(unlimited, old - 1, 100);
        write(forAnHour, old, 100);
        assertThat(timestamps()).containsExactly(old - 1, old);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(timestamps()).containsExactly(old - 1));
    }

    @Test
    void anIndexEntryOutlivesAllReadingsOfItsBucket() {
        long bucket = get(layouts.toPlace(TYPE, clock.millis()))
                .partitionOf(sensor.id(), clock.millis())
                .bucketStartMillis();
        long bucketMillis = get(layouts.toPlace(TYPE, 0)).versionAt(bucket).bucketMillis();
        // The entry's TTL is 3 s: an hour for the bucket's last reading, and an hour for clock skew, are almost over.
        Clock late = Clock.fixed(Instant.ofEpochMilli(bucket + bucketMillis + 2 * HOUR - 3_000), ZoneOffset.UTC);
        Sensor expiringOnly = newSensor();
        Sensor firstForEver = newSensor();
        Sensor thenForEver = newSensor();
        addEntry(firstForEver, unlimitedRetention(), bucket);
        for (Sensor each : List.of(expiringOnly, firstForEver, thenForEver)) {
            addEntry(each, new Retention(anHour(), late), bucket);
            assertThat(isListed(each, bucket)).isTrue();
        }
        addEntry(thenForEver, unlimitedRetention(), bucket);
        await().atMost(Duration.ofSeconds(10)).until(() -> !isListed(expiringOnly, bucket));
        assertThat(isListed(firstForEver, bucket)).isTrue();
        assertThat(isListed(thenForEver, bucket)).isTrue();
    }

    @Test
    void limitsTheTtlOfAReadingInTheFarFuture() {
        ReadingStore longest =
                store(StoreSettings.in(config.keyspace()).withRetention("expiring", Duration.ofDays(7_300)));
        write(longest, Reading.MAX_TIMESTAMP_MILLIS - 1, 100);
        write(longest, clock.millis(), 100);
        assertThat(get(longest.latest(sensor, Reading.MAX_TIMESTAMP_MILLIS, Consistency.DEFAULT)))
                .isPresent();
    }

    private Retention unlimitedRetention() {
        return new Retention(StoreSettings.in(config.keyspace()), clock);
    }

    private StoreSettings anHour() {
        return StoreSettings.in(config.keyspace()).withRetention("expiring", Duration.ofHours(1));
    }

    private void addEntry(Sensor sensor, Retention retention, long bucket) {
        Reading reading = new Reading(sensor.id(), TYPE, bucket, new Value.Numeric(1));
        get(new BucketIndex(database, layouts, retention, anHour())
                .add(
                        get(layouts.toPlace(TYPE, 0)).partitionOf(sensor.id(), bucket),
                        rows(new RecordedReading(reading, new RecordOrigin(1, 0, 1), 100))));
    }

    private boolean isListed(Sensor sensor, long bucket) {
        return !get(new BucketIndex(database, layouts, unlimitedRetention(), anHour())
                        .partitions(sensor, bucket, bucket + 1, Order.ASC, Consistency.DEFAULT)
                        .collect()
                        .asList())
                .isEmpty();
    }

    private static Sensor newSensor() {
        return new Sensor(new SensorId("expiring-" + SharedStack.get().nextNumber()), TYPE, Description.NONE);
    }

    private ReadingStore store(StoreSettings settings) {
        return UnsealedStore.on(database, layouts, settings, clock);
    }

    private void write(ReadingStore store, long timestamp, long recordTime) {
        Reading reading = new Reading(sensor.id(), TYPE, timestamp, new Value.Numeric(timestamp % 1_000));
        get(store.write(
                get(layouts.toPlace(TYPE, 0)).partitionOf(sensor.id(), timestamp),
                rows(new RecordedReading(reading, new RecordOrigin(1, 0, 1), recordTime))));
    }

    private List<Long> timestamps() {
        return get(unlimited
                .range(sensor, 0, clock.millis() + HOUR, Order.ASC, 100, Consistency.DEFAULT)
                .onItem()
                .<StoredReading>disjoint()
                .map(StoredReading::timestampMillis)
                .collect()
                .asList());
    }

    private static <T> T get(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
