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
 * How long readings are kept, counted from their event time: for ever, unless a retention is set for all types or for
 * theirs. What is left of a reading's life when it is written is its time to live in Cassandra.
 */
@Singleton
public class Retention {

    /** The longest time to live that Cassandra takes: 20 years of 365 days. */
    static final int MAX_TTL_SECONDS = 20 * 365 * 24 * 3_600;

    /** A time to live that CQL takes for none. */
    static final int NO_TTL = 0;

    /** Cassandra before 5.0, and 5.0 in a mode compatible with it, cannot name a later instant of expiry. */
    static final Instant LAST_EXPIRY_OF_OLD = Instant.parse("2038-01-19T03:14:06Z");

    private static final String KEY = "telltale.storage.retention";
    private static final Duration SHORTEST = Duration.ofHours(1);
    private static final Duration LONGEST = Duration.ofSeconds(MAX_TTL_SECONDS);
    private static final long FOR_EVER = Long.MAX_VALUE;

    private final Clock clock;
    private final long overallMillis;
    private final Map<SensorType, Long> millisByType = new HashMap<>();

    @Inject
    Retention(StoreConfig config, Clock clock) {
        this.clock = clock;
        this.overallMillis = config.retention().map(kept -> checked(KEY, kept)).orElse(FOR_EVER);
        config.retentionByType().forEach((type, kept) -> {
            String key = KEY + "." + type;
            Bounds.require(SensorType.isValid(type), key, kept, "a type after " + KEY + ".: " + SensorType.FORM);
            millisByType.put(new SensorType(type), checked(key, kept));
        });
    }

    private static long checked(String key, Duration kept) {
        return Bounds.within(key, kept, SHORTEST, LONGEST).toMillis();
    }

    /** Whether the time of a reading is over, so that it is not to be stored. */
    public boolean isOver(Reading reading) {
        return isOver(reading.type(), reading.timestampMillis());
    }

    /** Whether the time of a reading of this type and instant is over, so that there is none any more. */
    public boolean isOver(SensorType type, long timestampMillis) {
        long millis = millisOf(type);
        return millis != FOR_EVER && timestampMillis + millis <= clock.millis();
    }

    /** Whether readings of a type are kept for ever. */
    boolean isForEver(SensorType type) {
        return millisOf(type) == FOR_EVER;
    }

    /**
     * What is left to a reading, in whole seconds: from 1, also where nothing is left since it was taken, to Cassandra's
     * most. Only for types with a retention.
     *
     * <p>Both instants are cut to seconds first: then Cassandra, which adds its own second, comes to the same expiry
     * whenever the same reading is written. Of two records with one record time it keeps the one that expires later,
     * before it compares their bytes.
     */
    int ttlSeconds(SensorType type, long timestampMillis) {
        return (int) Math.max(1, Math.min(MAX_TTL_SECONDS, expirySecond(type, timestampMillis) - nowSecond()));
    }

    /** The second since the epoch in which what was true until an instant may be forgotten. */
    long expirySecond(SensorType type, long untilMillis) {
        return -Math.floorDiv(-(untilMillis + millisOf(type)), 1_000L);
    }

    long nowSecond() {
        return Math.floorDiv(clock.millis(), 1_000L);
    }

    /**
     * How the table of readings is compacted when it is made. With a retention for all types, by windows of a thirtieth
     * of it, so that what expires together lies together and is dropped whole.
     */
    String compaction() {
        if (overallMillis == FOR_EVER) {
            return "{'class': 'UnifiedCompactionStrategy'}";
        }
        Duration window = Duration.ofMillis(overallMillis).dividedBy(30);
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
     * Why readings with this retention cannot be stored, if they cannot.
     *
     * @param compatibility the cluster's {@code storage_compatibility_mode}; empty if it has none, or does not tell
     */
    Optional<String> unfit(String compatibility) {
        long longest =
                millisByType.values().stream().mapToLong(Long::longValue).max().orElse(0);
        if (overallMillis != FOR_EVER) {
            longest = Math.max(longest, overallMillis);
        }
        Instant last = clock.instant().plusMillis(longest);
        boolean isOld = compatibility.equals("CASSANDRA_4") || compatibility.equals("UPGRADING");
        return isOld && last.isAfter(LAST_EXPIRY_OF_OLD)
                ? Optional.of(
                        ("%s is %s, expected at most what expires before %s: Cassandra's storage_compatibility_mode is"
                                        + " %s, and only NONE can name later instants")
                                .formatted(KEY, Duration.ofMillis(longest), LAST_EXPIRY_OF_OLD, compatibility))
                : Optional.empty();
    }

    private long millisOf(SensorType type) {
        // Asked for every reading, and mostly there are none by type.
        return millisByType.isEmpty() ? overallMillis : millisByType.getOrDefault(type, overallMillis);
    }
}
