package io.telltale.store;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The retention of readings, counted from their event time: unlimited, unless it is set for all types or for their
 * type. A reading's TTL in Cassandra is the retention left when it is written.
 */
@Singleton
public class Retention {

    /** The maximum TTL in Cassandra: 20 years of 365 days. */
    static final int MAX_TTL_SECONDS = 20 * 365 * 24 * 3_600;

    /** The TTL that means no expiry in CQL. */
    static final int NO_TTL = 0;

    /** The latest expiry that Cassandra before 5.0, or 5.0 in a compatible mode, can represent. */
    static final Instant LAST_EXPIRY_BEFORE_5_0 = Instant.parse("2038-01-19T03:14:06Z");

    private static final String KEY = "telltale.storage.retention";
    private static final Duration MIN = Duration.ofHours(1);
    private static final Duration MAX = Duration.ofSeconds(MAX_TTL_SECONDS);
    private static final long UNLIMITED = Long.MAX_VALUE;

    private final Clock clock;
    private final long defaultMillis;
    private final Map<SensorType, Long> millisByType = new HashMap<>();

    @Inject
    Retention(StoreConfig config, Clock clock) {
        this.clock = clock;
        this.defaultMillis = config.retention().map(kept -> checked(KEY, kept)).orElse(UNLIMITED);
        config.retentionByType().forEach((type, kept) -> {
            String key = KEY + "." + type;
            Bounds.require(SensorType.isValid(type), key, kept, "a type after " + KEY + ".: " + SensorType.FORM);
            millisByType.put(new SensorType(type), checked(key, kept));
        });
    }

    private static long checked(String key, Duration kept) {
        return Bounds.within(key, kept, MIN, MAX).toMillis();
    }

    /** Whether a reading has expired, so that it must not be stored. */
    public boolean isOver(Reading reading) {
        return isOver(reading.type(), reading.timestampMillis());
    }

    /** Whether readings of this type and event time have expired. */
    public boolean isOver(SensorType type, long timestampMillis) {
        long millis = millisOf(type);
        return millis != UNLIMITED && timestampMillis + millis <= clock.millis();
    }

    /** Whether readings of a type never expire. */
    boolean isUnlimited(SensorType type) {
        return millisOf(type) == UNLIMITED;
    }

    /**
     * The TTL of a reading, in seconds: from 1, also if it has expired since it was accepted, to Cassandra's maximum.
     * Only for types with a retention.
     *
     * <p>Both instants are rounded to seconds first. Cassandra adds the TTL to its current second, so the expiry is
     * the same whenever the same reading is written. That matters because of two cells with one write timestamp
     * Cassandra keeps the one that expires later, before it compares their bytes.
     */
    int ttlSeconds(SensorType type, long timestampMillis) {
        return (int) Math.max(1, Math.min(MAX_TTL_SECONDS, expirySecond(type, timestampMillis) - nowSecond()));
    }

    /** The second since the epoch in which readings up to an event time have expired. */
    long expirySecond(SensorType type, long untilMillis) {
        return -Math.floorDiv(-(untilMillis + millisOf(type)), 1_000L);
    }

    long nowSecond() {
        return Math.floorDiv(clock.millis(), 1_000L);
    }

    /**
     * The compaction strategy for a new table of readings. With a retention for all types, time windows of a
     * thirtieth of it, so that Cassandra drops whole files of expired readings.
     */
    String compaction() {
        if (defaultMillis == UNLIMITED) {
            return "{'class': 'UnifiedCompactionStrategy'}";
        }
        Duration window = Duration.ofMillis(defaultMillis).dividedBy(30);
        String unit;
        long size;
        if (window.compareTo(Duration.ofDays(1)) >= 0) {
            unit = "DAYS";
            size = window.toDays();
        } else if (window.compareTo(Duration.ofHours(1)) >= 0) {
            unit = "HOURS";
            size = window.toHours();
        } else {
            unit = "MINUTES";
            size = window.toMinutes();
        }
        return "{'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': '%s', 'compaction_window_size': %d}"
                .formatted(unit, size);
    }

    /**
     * Checks the retention against the cluster.
     *
     * @param compatibility the cluster's {@code storage_compatibility_mode}; empty if unknown
     * @return why the cluster cannot store readings with this retention; empty if it can
     */
    Optional<String> conflictWith(String compatibility) {
        long longest =
                millisByType.values().stream().mapToLong(Long::longValue).max().orElse(0);
        if (defaultMillis != UNLIMITED) {
            longest = Math.max(longest, defaultMillis);
        }
        Instant last = clock.instant().plusMillis(longest);
        boolean isLimited = compatibility.equals("CASSANDRA_4") || compatibility.equals("UPGRADING");
        return isLimited && last.isAfter(LAST_EXPIRY_BEFORE_5_0)
                ? Optional.of(
                        ("%s is %s; expected at most what expires before %s: Cassandra's storage_compatibility_mode is"
                                        + " %s, and only NONE can name later instants")
                                .formatted(KEY, Duration.ofMillis(longest), LAST_EXPIRY_BEFORE_5_0, compatibility))
                : Optional.empty();
    }

    private long millisOf(SensorType type) {
        // Called for every reading. Usually no type has a retention of its own.
        return millisByType.isEmpty() ? defaultMillis : millisByType.getOrDefault(type, defaultMillis);
    }
}
