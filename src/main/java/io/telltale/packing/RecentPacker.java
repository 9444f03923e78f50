package io.telltale.packing;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.packing.PendingRemovals.Removal;
import io.telltale.sensors.SensorType;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.Layout;
import io.telltale.store.PackingBounds;
import io.telltale.store.PackingConfig;
import io.telltale.store.RecentBucket;
import io.telltale.store.ShardWeek;
import io.telltale.store.Span;
import io.telltale.store.SpanPack;
import io.telltale.store.SpanTables;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The background engine that packs recent segments of spans which have ended, merges packs, and removes what packs
 * replace. Off by default. Asks Cassandra nothing until this replica has met a type that may have segments.
 */
@Singleton
class RecentPacker {

    /** How long a span waits after a failure that has another cause than the availability of Cassandra. */
    static final Duration AFTER_FAULT = Duration.ofDays(1);

    private static final Logger log = Logger.getLogger(RecentPacker.class);
    private static final RateLimitedLog FAILURES = new RateLimitedLog(log, Logger.Level.WARN);

    private final SpanTables tables;
    private final PackingMetrics metrics;
    private final Clock clock;
    private final boolean isEnabled;
    private final Duration after;
    private final PackerWaits waits;
    private final PendingRemovals removals;
    private final SpanUnionPacker packer;
    private final PackCompactor compactor;
    private final DailySearch daily;
    private final Attempts<Span> attempts;
    private final EngineThread thread;

    /** The next weeks of the daily search; null before it. */
    private @Nullable PagedItems<ShardWeek> weeks;

    @Inject
    RecentPacker(SpanTables tables, PackingMetrics metrics, PackingConfig config, Clock clock) {
        this(tables, metrics, config, clock, System::nanoTime, new PackerWaits(), SpanUnionPacker.Limits.DEFAULT);
    }

    RecentPacker(
            SpanTables tables,
            PackingMetrics metrics,
            PackingConfig config,
            Clock clock,
            LongSupplier nanoTime,
            PackerWaits waits,
            SpanUnionPacker.Limits limits) {
        this.tables = tables;
        this.metrics = metrics;
        this.clock = clock;
        this.isEnabled = config.enabled();
        this.after = PackingBounds.after(config);
        this.waits = waits;
        Duration interval = PackingSettings.interval(config);
        Pace pace = new Pace(PackingSettings.rate(config), System::nanoTime);
        Attempts.Reports reports = new Attempts.Reports(metrics::failed, FAILURES);
        this.removals = new PendingRemovals(reports, waits, nanoTime);
        this.packer = new SpanUnionPacker(tables, waits, pace, metrics, removals, clock, limits);
        this.compactor = new PackCompactor(tables, waits, pace, metrics, removals, clock);
        this.daily = new DailySearch(nanoTime);
        this.attempts = new Attempts<>(
                "Packing failed, readings still come from recent segments", AFTER_FAULT, reports, waits, nanoTime);
        this.thread = new EngineThread("recent-packer", waits, tables::isReady, interval, this::pass, this::failed);
    }

    void start(@Observes StartupEvent start) {
        if (isEnabled) {
            tables.whenNeeded().subscribe().with(needed -> thread.start());
        }
    }

    /** Blocks: runs on the shutdown thread. The packer removes the segments of an unfinished pack. */
    void stop(@Observes ShutdownEvent stop) throws InterruptedException {
        thread.stop();
    }

    private void failed(Error e) {
        metrics.failed();
        log.error("Packing failed, next try at the next interval; readings still come from recent segments", e);
    }

    /** Packs all spans that are due, and removes what was replaced long enough ago. */
    void pass() {
        attempts.nextPass();
        removeDue();
        attempts.nextGroup();
        attempts.succeeds("Search for packs to merge", () -> daily.run(this::searchWeek));
        List<SensorType> types = new ArrayList<>();
        long[] unpacked = {0};
        boolean isComplete =
                attempts.succeeds("Search for segments to pack", () -> types.addAll(waits.get(tables.types())));
        for (SensorType type : types) {
            // The write level of a type may be unavailable, and that of others not.
            isComplete &= attempts.succeeds("Packing of type " + type, () -> unpacked[0] += packAll(type));
        }
        if (isComplete) {
            metrics.unpackedRecent(unpacked[0]);
        }
    }

    private void removeDue() {
        attempts.succeeds("Removal of packed segments", removals::run);
    }

    /** Packs what is due of a type. Returns the number of spans that have ended and are not packed. */
    private long packAll(SensorType type) {
        if (!tables.isPackable(type)) {
            FAILURES.say(("Segments of type %s are not packed: operations at its write level may miss each other,"
                            + " or go to several data centers; see docs/operations.md")
                    .formatted(type));
            return 0;
        }
        Layout layout = waits.get(tables.layout(type));
        List<Integer> shards =
                new ArrayList<>(IntStream.range(0, shards(layout)).boxed().toList());
        // Replicas then seldom meet at the same span.
        Collections.shuffle(shards);
        attempts.nextGroup();
        long unpacked = 0;
        for (int shard : shards) {
            for (Map.Entry<Span, List<RecentBucket>> entries :
                    spans(type, shard).entrySet()) {
                Span span = entries.getKey();
                if (span.lastEndMillis(layout) + after.toMillis() > clock.millis()
                        || removals.contains(new Removal(span, Optional.empty()))) {
                    continue;
                }
                // One that is not due makes no request, so it is no attempt that succeeds.
                if (!packer.isDue(span, entries.getValue(), layout)
                        || !attempts.attempt(span, () -> pack(span, layout), false)) {
                    unpacked++;
                }
            }
        }
        return unpacked;
    }

    private static int shards(Layout layout) {
        return layout.versions().stream().mapToInt(Layout.Version::shards).max().orElse(0);
    }

    /** The spans of a shard that may hold recent segments, each with its entries. */
    private Map<Span, List<RecentBucket>> spans(SensorType type, int shard) {
        Map<Span, List<RecentBucket>> spans = new LinkedHashMap<>();
        for (RecentBucket entry : waits.get(tables.buckets(type, shard))) {
            spans.computeIfAbsent(Span.of(entry.partition()), first -> new ArrayList<>())
                    .add(entry);
        }
        return spans;
    }

    private boolean pack(Span span, Layout layout) {
        boolean isPacked = packer.pack(span, layout);
        if (isPacked) {
            compactor.compact(span, waits.get(SpanPacks.of(tables, span)));
            removeDue();
        }
        return isPacked;
    }

    /** Looks for packs to merge or to remove in the next week. Returns whether others follow. */
    private boolean searchWeek() {
        PagedItems<ShardWeek> following = weeks;
        if (following == null) {
            following = new PagedItems<>(waits.get(tables.weeks()), waits::after);
            weeks = following;
        }
        Optional<ShardWeek> week = following.current();
        if (week.isEmpty()) {
            weeks = null;
            return false;
        }
        // First, so that a week which cannot be read does not stop the search; the next day it is read again.
        following.advance();
        if (tables.isPackable(week.get().type())) {
            Map<Long, List<SpanPack>> packs = waits.get(tables.packs(week.get()));
            packs.forEach((start, ofSpan) ->
                    compact(new Span(week.get().type(), week.get().shard(), start), ofSpan));
        }
        return true;
    }

    private void compact(Span span, List<SpanPack> packs) {
        attempts.attempt(
                span,
                () -> {
                    compactor.compact(span, packs);
                    return true;
                },
                false);
    }
}
