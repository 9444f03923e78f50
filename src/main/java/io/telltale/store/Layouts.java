package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.store.Layout.Storage;
import io.telltale.store.Layout.Version;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The layouts of all types, on which all replicas agree. The replica that sees a type first inserts its first version
 * from its settings, by compare-and-set. Changed settings never change a layout; only {@link #change} does.
 *
 * <p>Every replica caches layouts, and places readings without a request. A cached layout is used only for event
 * times up to {@link #CERTAIN_FOR} after it was read, and a new version becomes valid at least {@link #AHEAD} after
 * it is created. So a replica never places a reading by an outdated layout, even after a pause of hours. The half
 * hour between the two limits allows for clock skew.
 */
@Singleton
public class Layouts {

    /** Up to which event time a cached layout is used, counted from when it was read. */
    static final Duration CERTAIN_FOR = Duration.ofMinutes(45);

    /** The minimum time from the creation of a version to its first event time. */
    static final Duration AHEAD = Duration.ofMinutes(75);

    /**
     * No reading is later than now plus this: 10 min after its record time, which is at most 10 min after the clock.
     */
    private static final Duration LATEST_READING = Duration.ofMinutes(20);

    private static final Logger log = Logger.getLogger(Layouts.class);

    private final Database database;
    private final Clock clock;
    private final int shards;
    private final Duration bucket;
    private final Storage storage;
    private final Map<SensorType, CachedLayout> cache = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> segments = new CompletableFuture<>();

    /** A layout, as it was when it was read. */
    private record CachedLayout(Layout layout, long readAtMillis) {
        boolean isCertainOf(long timestampMillis) {
            return timestampMillis < readAtMillis + CERTAIN_FOR.toMillis();
        }
    }

    @Inject
    Layouts(Database database, StoreConfig config, Clock clock) {
        this.database = database;
        this.clock = clock;
        this.shards = Bounds.within("telltale.storage.shards", config.shards(), 1, Version.MAX_SHARDS);
        this.bucket = Bounds.within(
                "telltale.storage.bucket",
                config.bucket(),
                Duration.ofMinutes(1),
                Duration.ofMillis(Layout.WEEK_MILLIS));
        this.storage = config.segments() ? Storage.SEGMENTS : Storage.ROWS;
        Bounds.require(
                Layout.WEEK_MILLIS % bucket.toMillis() == 0,
                "telltale.storage.bucket",
                bucket,
                "a whole fraction of a week, such as 15m or 1h");
    }

    /**
     * Finds the layout of a type to read readings before an instant. Creates it if the type is new.
     *
     * @param toMillis exclusive; later than any allowed event time counts as the latest allowed one
     * @param consistency the level of the read. If the default level is unavailable, a read at a weaker level uses
     *     the newest layout that this replica or that level knows; such a read may miss readings that a newer version
     *     places
     */
    public Uni<Layout> toRead(SensorType type, long toMillis, Consistency consistency) {
        Uni<Layout> certain = upTo(type, Math.min(toMillis, clock.millis() + LATEST_READING.toMillis()));
        return consistency.isWeak()
                ? certain.onFailure(StoreUnavailableException.class)
                        .recoverWithUni(failure -> readWeakly(type, consistency, failure))
                : certain;
    }

    private Uni<Layout> readWeakly(SensorType type, Consistency consistency, Throwable failure) {
        Optional<Layout> cached = Optional.ofNullable(cache.get(type)).map(CachedLayout::layout);
        return read(type, Database.level(consistency))
                .map(found -> Stream.of(cached, found)
                        .flatMap(Optional::stream)
                        .max(Comparator.comparingInt(layout -> layout.versions().size())))
                .onItem()
                .transformToUni(latest -> latest.isPresent()
                        ? Uni.createFrom().item(latest.get())
                        : Uni.createFrom().failure(failure));
    }

    /**
     * Finds the layout of a type to place readings. Creates it if the type is new.
     *
     * @param latestMillis the latest event time to place
     * @return fails with {@link StoreUnavailableException} if that is so far ahead of this replica's clock that a new
     *     version may still become valid before it
     */
    public Uni<Layout> toPlace(SensorType type, long latestMillis) {
        return upTo(type, latestMillis);
    }

    private Uni<Layout> upTo(SensorType type, long latestMillis) {
        CachedLayout cached = cache.get(type);
        if (cached != null && cached.isCertainOf(latestMillis)) {
            return Uni.createFrom().item(cached.layout());
        }
        return Uni.createFrom().deferred(() -> refresh(type)).map(read -> {
            if (!read.isCertainOf(latestMillis)) {
                throw new StoreUnavailableException(
                        "where readings of %d ms of type %s live is decided until %d ms; this replica's clock is behind"
                                .formatted(latestMillis, type, read.readAtMillis() + CERTAIN_FOR.toMillis()));
            }
            return read.layout();
        });
    }

    private Uni<CachedLayout> refresh(SensorType type) {
        // Taken before the read: a version created during the read becomes valid long after it.
        long nowMillis = clock.millis();
        return read(type, null)
                .chain(found -> found.isPresent()
                        ? Uni.createFrom().item(found.get())
                        : createFirst(type).chain(() -> read(type, null)).map(Optional::orElseThrow))
                .map(layout -> new CachedLayout(layout, nowMillis))
                .invoke(read -> {
                    cache.merge(type, read, (one, other) -> one.readAtMillis() > other.readAtMillis() ? one : other);
                    if (read.layout().hasSegments()) {
                        segments.complete(null);
                    }
                });
    }

    /** Completes when this replica has read the layout of a type that may have segments. */
    Uni<Void> whenSegments() {
        return Uni.createFrom().completionStage(segments);
    }

    /**
     * Reads the current layout of a type. The read completes or discards changes in progress. Empty if there is no
     * such type.
     */
    public Uni<Optional<Layout>> agreed(SensorType type) {
        return read(type, DefaultConsistencyLevel.SERIAL);
    }

    /**
     * Adds a version to the layout of a type. It becomes valid at the first common bucket boundary that is at least
     * 75 min ahead. Stored readings stay in their partitions and are still found.
     *
     * @param shards 1 to {@value Version#MAX_SHARDS}
     * @param bucket a whole fraction of a week, a minute or longer
     * @return the layout with the new version; unchanged if its last version is the same; empty if there is no such
     *     type. Fails with {@link LayoutChangedException} if a concurrent change won, and with
     *     {@link StoreUnavailableException} if the outcome is unknown; {@link #agreed} then returns it
     */
    public Uni<Optional<Layout>> change(SensorType type, int shards, Duration bucket) {
        return agreed(type)
                .chain(found -> found.isEmpty()
                        ? Uni.createFrom().item(found)
                        : change(found.get(), shards, bucket).map(Optional::of));
    }

    private Uni<Layout> change(Layout layout, int shards, Duration bucket) {
        Version last = layout.versions().get(layout.versions().size() - 1);
        if (last.shards() == shards && last.bucketMillis() == bucket.toMillis()) {
            return Uni.createFrom().item(layout);
        }
        long earliest = Math.max(clock.millis() + AHEAD.toMillis(), last.validFromMillis() + 1);
        long step = commonBoundaryMillis(last.bucketMillis(), bucket.toMillis());
        Version next = new Version(
                last.number() + 1, -Math.floorDiv(-earliest, step) * step, shards, bucket.toMillis(), last.storage());
        List<Version> versions = new ArrayList<>(layout.versions());
        versions.add(next);
        Layout changed = new Layout(layout.type(), versions);
        return database.run(statements -> statements
                        .get(Cql.NEXT_LAYOUT)
                        .boundStatementBuilder()
                        .setString(0, layout.type().name())
                        .setInt(1, next.number())
                        .setBytesUnsafe(2, CqlBytes.ofLong(next.validFromMillis()))
                        .setInt(3, next.shards())
                        .setLong(4, next.bucketMillis())
                        .setString(5, name(next.storage()))
                        .setExecutionProfileName("registry")
                        .build())
                // A serial read settles the outcome now. Otherwise an undecided change could be applied hours later.
                .onFailure()
                .call(() -> agreed(layout.type()).onFailure().recoverWithNull())
                .map(AsyncResultSet::wasApplied)
                .invoke(applied -> {
                    if (!applied) {
                        throw new LayoutChangedException(layout.type(), next.number());
                    }
                    log.infof("Layout changed: type=%s version=%d, %s", layout.type(), next.number(), next);
                })
                .replaceWith(changed);
    }

    /** Buckets are aligned to the epoch, so their common boundaries are the multiples of the least common multiple. */
    private static long commonBoundaryMillis(long one, long other) {
        return one / BigInteger.valueOf(one).gcd(BigInteger.valueOf(other)).longValueExact() * other;
    }

    private Uni<Optional<Layout>> read(SensorType type, @Nullable DefaultConsistencyLevel level) {
        return database.run(statements -> statements
                        .get(Cql.LAYOUT)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setExecutionProfileName("registry")
                        .setConsistencyLevel(level)
                        .build())
                .map(rows -> layout(
                        type,
                        StreamSupport.stream(rows.currentPage().spliterator(), false)
                                .map(Layouts::version)
                                .sorted(Comparator.comparingInt(Version::number))
                                .toList()));
    }

    private static Optional<Layout> layout(SensorType type, List<Version> versions) {
        return versions.isEmpty() ? Optional.empty() : Optional.of(new Layout(type, new ArrayList<>(versions)));
    }

    private static Version version(Row row) {
        long validFrom = row.isNull("valid_from")
                ? Version.SINCE_EVER_MILLIS
                : CqlBytes.toLong(row.getBytesUnsafe("valid_from"));
        return new Version(
                row.getInt("version"),
                validFrom,
                row.getInt("shards"),
                row.getLong("bucket_millis"),
                name(Storage.SEGMENTS).equals(row.getString("storage")) ? Storage.SEGMENTS : Storage.ROWS);
    }

    private static String name(Storage storage) {
        return storage.name().toLowerCase(Locale.ROOT);
    }

    private Uni<Void> createFirst(SensorType type) {
        return database.run(statements -> statements
                        .get(Cql.FIRST_LAYOUT)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setInt(1, shards)
                        .setLong(2, bucket.toMillis())
                        .setString(3, name(storage))
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
