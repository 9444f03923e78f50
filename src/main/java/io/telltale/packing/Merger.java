package io.telltale.packing;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.FreshMinute;
import io.telltale.store.MergingConfig;
import io.telltale.store.MergingTables;
import io.telltale.store.MinuteState;
import io.telltale.store.StoreConfig;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The background engine that merges the fresh segments of complete minutes into recent ones, and removes what is
 * merged. Where merging is off, it only counts minutes, once this replica has met a type that may have segments.
 */
@Singleton
class Merger {

    private static final Duration UNTIL_READY = Duration.ofSeconds(1);

    /** How long a minute waits after a failure that has another cause than the availability of Cassandra. */
    static final Duration AFTER_FAULT = Duration.ofMinutes(10);

    /** More faults have one cause. */
    private static final int MAX_FAULTS = 10_000;

    /** Minutes may fail one by one. After so many, Cassandra is unavailable. */
    static final int MAX_FAILURES_IN_A_ROW = 5;

    private static final Logger log = Logger.getLogger(Merger.class);
    private static final RateLimitedLog FAILURES = new RateLimitedLog(log, Logger.Level.WARN);

    private final MergingTables tables;
    private final MergingMetrics metrics;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final boolean isEnabled;
    private final Duration interval;
    private final PackerWaits waits;
    private final MinuteMerger minutes;
    private final RemovalDelays<MinuteState> merged;
    private final ForgottenMinutes forgotten;
    private final EngineThread thread;

    /** When minutes with a fault are tried again, by {@code nanoTime}. */
    private final Map<FreshMinute, Long> faults = new HashMap<>();

    private int failuresInARow;

    @Inject
    Merger(MergingTables tables, MergingMetrics metrics, MergingConfig config, StoreConfig store, Clock clock) {
        this(
                tables,
                metrics,
                config.enabled().orElse(store.segments()),
                config,
                clock,
                System::nanoTime,
                new PackerWaits());
    }

    Merger(
            MergingTables tables,
            MergingMetrics metrics,
            boolean isEnabled,
            MergingConfig config,
            Clock clock,
            LongSupplier nanoTime,
            PackerWaits waits) {
        this.tables = tables;
        this.metrics = metrics;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.isEnabled = isEnabled;
        this.waits = waits;
        this.interval = Bounds.within(
                "telltale.storage.merging.interval", config.interval(), Duration.ofSeconds(1), Duration.ofHours(1));
        int rate = Bounds.within("telltale.storage.merging.rate", config.rate(), 1_000, 10_000_000);
        this.minutes = new MinuteMerger(tables, waits, new Pace(rate, System::nanoTime), metrics, clock);
        this.merged = new RemovalDelays<>(nanoTime);
        this.forgotten = new ForgottenMinutes(tables, waits, clock, nanoTime);
        this.thread = new EngineThread("merger", waits, this::passAndPause);
    }

    void start(@Observes StartupEvent start) {
        if (isEnabled) {
            thread.start();
        } else {
            tables.whenNeeded().subscribe().with(needed -> thread.start());
        }
    }

    /** Blocks: runs on the shutdown thread. */
    void stop(@Observes ShutdownEvent stop) throws InterruptedException {
        thread.stop();
    }

    private Duration passAndPause() {
        try {
            if (!tables.isReady()) {
                return UNTIL_READY;
            }
            pass();
        } catch (Error e) {
            // Otherwise the thread would end, and nothing would be merged until a restart.
            metrics.failed();
            log.error("Merging failed, next try at the next interval; readings still come from fresh segments", e);
        }
        return interval;
    }

    /** Merges all minutes that are complete, and removes those that were merged long enough ago. */
    void pass() {
        merged.nextPass();
        long now = nanoTime.getAsLong();
        faults.values().removeIf(end -> now - end >= 0);
        if (isEnabled) {
            succeeds("Search for forgotten minutes", forgotten::search);
        }
        List<SensorType> types = new ArrayList<>();
        Set<FreshMinute> unmerged = new LinkedHashSet<>();
        boolean isComplete = succeeds("Search for minutes to merge", () -> types.addAll(waits.get(tables.types())));
        for (SensorType type : types) {
            // The write level of a type may be unavailable, and that of others not.
            isComplete &= succeeds("Merging of type " + type, () -> mergeAll(type, unmerged));
        }
        if (!isComplete) {
            merged.failPass();
        }
        if (isComplete || !unmerged.isEmpty()) {
            metrics.unmerged(unmerged);
        }
    }

    /** The number of minutes that wait after a fault. */
    int faults() {
        return faults.size();
    }

    private boolean succeeds(String what, Runnable work) {
        try {
            work.run();
            return true;
        } catch (RuntimeException e) {
            fail(what + " failed", e);
            return false;
        }
    }

    /** @param unmerged gets the minutes that stay unmerged */
    private void mergeAll(SensorType type, Set<FreshMinute> unmerged) {
        List<MinuteState> complete = waits.get(tables.minutes(type)).stream()
                .filter(state -> state.minute().completeMillis() <= clock.millis())
                .sorted(Comparator.comparingLong(state -> state.minute().startMillis()))
                .toList();
        complete.stream()
                .filter(state -> state.mark().isEmpty())
                .map(MinuteState::minute)
                .forEach(unmerged::add);
        if (!isEnabled) {
            return;
        }
        if (!tables.isMergeable(type)) {
            FAILURES.say(("Segments of type %s are not merged: operations at its write level may miss each other,"
                            + " or go to several data centers; see docs/operations.md")
                    .formatted(type));
            return;
        }
        failuresInARow = 0;
        for (MinuteState state : complete) {
            if (attempt(state)) {
                unmerged.remove(state.minute());
            }
        }
    }

    /** Takes the next step of a minute. Returns whether it is merged. */
    private boolean attempt(MinuteState state) {
        long now = nanoTime.getAsLong();
        if (now - faults.getOrDefault(state.minute(), now) < 0) {
            return state.mark().isPresent();
        }
        try {
            boolean isMerged = step(state);
            faults.remove(state.minute());
            failuresInARow = 0;
            return isMerged;
        } catch (RuntimeException e) {
            if (++failuresInARow == MAX_FAILURES_IN_A_ROW) {
                throw e;
            }
            if (!SpanPacker.isTransient(e) && faults.size() < MAX_FAULTS) {
                faults.put(state.minute(), now + AFTER_FAULT.toNanos());
            }
            fail("Merging failed, readings still come from fresh segments: " + state.minute(), e);
            return state.mark().isPresent();
        }
    }

    private boolean step(MinuteState state) {
        if (state.mark().isEmpty()) {
            return minutes.merge(state);
        }
        if (merged.isUnused(state)) {
            minutes.remove(state, state.mark().get());
        }
        return true;
    }

    private void fail(String what, RuntimeException e) {
        if (waits.isStopped()) {
            throw e;
        }
        metrics.failed();
        FAILURES.say("%s: %s".formatted(what, e));
    }
}
