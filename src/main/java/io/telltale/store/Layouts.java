package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The layouts of all types, as the cluster agreed on them. The first version of a type's layout is inserted by
 * compare-and-set from the settings of whichever replica saw the type first; changed settings never change it, only
 * {@link #change} does.
 *
 * <p>Every replica keeps a copy, and places readings by it without asking anybody. That is right as long as a copy serves
 * only event times up to {@link #CERTAIN_FOR} after it was read, since a version that is made later begins at least {@link
 * #AHEAD} after it is made: whatever happens in between, a pause of hours too, places nothing wrongly. The half hour
 * between the two is for clocks that differ.
 */
@Singleton
public class Layouts {

    /** For which event times a copy says where they live, counted from when it was read. */
    static final Duration CERTAIN_FOR = Duration.ofMinutes(45);

    /** How long before its first event time a version is there at least. */
    static final Duration AHEAD = Duration.ofMinutes(75);

    /** No reading is later than that: 10 min after its record time, and that 10 min after the clock. */
    private static final Duration LATEST_READING = Duration.ofMinutes(20);

    private static final Logger log = Logger.getLogger(Layouts.class);

    private final Database database;
    private final Clock clock;
    private final int shards;
    private final Duration bucket;
    private final Map<SensorType, Copy> copies = new ConcurrentHashMap<>();

    /** A layout, as it was at a moment. */
    private record Copy(Layout layout, long readAtMillis) {
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
        Bounds.require(
                Layout.WEEK_MILLIS % bucket.toMillis() == 0,
                "telltale.storage.bucket",
                bucket,
                "a whole fraction of a week, such as 15m or 1h");
    }

    /**
     * The layout of a type, made if the type is new, to find the readings before an instant by.
     *
     * @param toMillis exclusive; beyond what a reading may be it is the same as the latest that one may be
     * @param consistency what is read at. Below the usual level it need not be certain while the usual level cannot be had:
     *     then it is the latest that this replica and that level know of, and readings that a later version places may be missed
     */
    public Uni<Layout> toRead(SensorType type, long toMillis, Consistency consistency) {
        Uni<Layout> certain = upTo(type, Math.min(toMillis, clock.millis() + LATEST_READING.toMillis()));
        return consistency.isWeak()
                ? certain.onFailure(StoreUnavailableException.class)
                        .recoverWithUni(failure -> weakly(type, consistency, failure))
                : certain;
    }

    private Uni<Layout> weakly(SensorType type, Consistency consistency, Throwable failure) {
        Optional<Layout> before = Optional.ofNullable(copies.get(type)).map(Copy::layout);
        return read(type, Database.level(consistency))
                .map(found -> Stream.of(before, found)
                        .flatMap(Optional::stream)
                        .max(Comparator.comparingInt(layout -> layout.versions().size())))
                .onItem()
                .transformToUni(latest -> latest.isPresent()
                        ? Uni.createFrom().item(latest.get())
                        : Uni.createFrom().failure(failure));
    }

    /**
     * The layout of a type, made if the type is new, to place readings by.
     *
     * @param latestMillis the latest event time that is to be placed
     * @return fails with {@link StoreUnavailableException} if the event time is so far ahead of this replica's clock that
     *     nobody can say yet where it lives
     */
    public Uni<Layout> toPlace(SensorType type, long latestMillis) {
        return upTo(type, latestMillis);
    }

    private Uni<Layout> upTo(SensorType type, long latestMillis) {
        Copy copy = copies.get(type);
        if (copy != null && copy.isCertainOf(latestMillis)) {
            return Uni.createFrom().item(copy.layout());
        }
        return Uni.createFrom().deferred(() -> readAgain(type)).map(read -> {
            if (!read.isCertainOf(latestMillis)) {
                throw new StoreUnavailableException(
                        "where readings of %d ms of type %s live is decided until %d ms; this replica's clock is behind"
                                .formatted(latestMillis, type, read.readAtMillis() + CERTAIN_FOR.toMillis()));
            }
            return read.layout();
        });
    }

    private Uni<Copy> readAgain(SensorType type) {
        // Before it is asked for: what is decided while the answer is on its way begins long after.
        long nowMillis = clock.millis();
        return read(type, null)
                .chain(found -> found.isPresent()
                        ? Uni.createFrom().item(found.get())
                        : makeFirst(type).chain(() -> read(type, null)).map(Optional::orElseThrow))
                .map(layout -> new Copy(layout, nowMillis))
                .invoke(read -> copies.merge(
                        type, read, (one, other) -> one.readAtMillis() > other.readAtMillis() ? one : other));
    }

    /**
     * The layout of a type as the cluster has agreed on it at this moment, whatever is under way decided one way or the
     * other; empty if there is no such type.
     */
    public Uni<Optional<Layout>> agreed(SensorType type) {
        return read(type, DefaultConsistencyLevel.SERIAL);
    }

    /**
     * Adds a version to the layout of a type: how readings are laid out from the first common bucket boundary on that is at
     * least 75 min ahead. Readings that are stored stay where they are, and are found.
     *
     * @param shards 1 to {@value Version#MAX_SHARDS}
     * @param bucket a whole fraction of a week, a minute or longer
     * @return the layout with the new version, or without change if the last one is the same; empty if there is no such
     *     type. Fails with {@link LayoutChangedException} if another change came first, and with {@link
     *     StoreUnavailableException} if Cassandra could not say; then {@link #agreed} tells what became of it
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
        Version next =
                new Version(last.number() + 1, -Math.floorDiv(-earliest, step) * step, shards, bucket.toMillis());
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
                        .setExecutionProfileName("registry")
                        .build())
                // What is undecided must not come true hours later: this decides it.
                .onFailure()
                .call(() -> agreed(layout.type()).onFailure().recoverWithNull())
                .map(AsyncResultSet::wasApplied)
                .invoke(applied -> {
                    if (!applied) {
                        throw new LayoutChangedException(layout.type(), next.number());
                    }
                    log.infof("Layout of type %s: version %d, %s", layout.type(), next.number(), next);
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
        return new Version(row.getInt("version"), validFrom, row.getInt("shards"), row.getLong("bucket_millis"));
    }

    private Uni<Void> makeFirst(SensorType type) {
        return database.run(statements -> statements
                        .get(Cql.FIRST_LAYOUT)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setInt(1, shards)
                        .setLong(2, bucket.toMillis())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
