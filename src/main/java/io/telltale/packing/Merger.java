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
import io.telltale.store.Page;
import io.telltale.store.StoreConfig;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The background engine that merges the fresh segments of complete minutes into recent ones, and removes what is merged.
 * Runs only where types may be written as segments.
 */
@Singleton
class Merger {

    private static final Duration UNTIL_READY = Duration.ofSeconds(1);

    /** How long a minute waits after a failure that has another cause than the availability of Cassandra. */
    static final Duration AFTER_FAULT = Duration.ofMinutes(10);

    /** More faults have one cause. */
    private static final int MAX_FAULTS = 10_000;

    static final Duration BETWEEN_SEARCHES = Duration.ofDays(1);

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
    private final EngineThread thread;

    /** When minutes with a fault are tried again, by {@code nanoTime}. */
    private final Map<FreshMinute, Long> faults = new HashMap<>();

    private Optional<Long> searchedNanos = Optional.empty();
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
        this.thread = new EngineThread("merger", waits, this::passAndPause);
    }

    void start(@Observes StartupEvent start) {
        if (isEnabled) {
            thread.start();
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
        failuresInARow = 0;
        Set<FreshMinute> unmerged = new LinkedHashSet<>();
        try {
            addForgotten();
            for (SensorType type : waits.get(tables.types())) {
                mergeAll(type, unmerged);
            }
            metrics.unmerged(unmerged);
        } catch (RuntimeException e) {
            if (!unmerged.isEmpty()) {
                metrics.unmerged(unmerged);
            }
            fail("Search for minutes to merge failed", e);
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
        if (!tables.isMergeable(type)) {
            FAILURES.say(("Segments of type %s are not merged: operations at its write level may miss each other,"
                            + " or go to several data centers; see docs/operations.md")
                    .formatted(type));
            return;
        }
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

    /**
     * Once a day, and first after a start: makes minutes known that hold segments and are not. A write may have been
     * delayed until its minute was forgotten, and a Cassandra replica may have missed the removal of a minute.
     */
    private void addForgotten() {
        long now = nanoTime.getAsLong();
        if (searchedNanos
                .filter(last -> now - last < BETWEEN_SEARCHES.toNanos())
                .isPresent()) {
            return;
        }
        Map<SensorType, Set<FreshMinute>> known = new HashMap<>();
        for (Optional<Page<FreshMinute>> page = Optional.of(waits.get(tables.partitions()));
                page.isPresent();
                page = page.get().next().map(next -> waits.get(next.get()))) {
            for (FreshMinute minute : page.get().items()) {
                SensorType type = minute.lane().type();
                Set<FreshMinute> ofType = known.computeIfAbsent(type, this::known);
                if (minute.completeMillis() <= clock.millis() && ofType.add(minute)) {
                    log.debugf("Found segments of a minute that was forgotten: %s", minute);
                    waits.get(tables.add(minute));
                }
            }
        }
        searchedNanos = Optional.of(now);
    }

    private Set<FreshMinute> known(SensorType type) {
        Set<FreshMinute> minutesOfType = new HashSet<>();
        waits.get(tables.minutes(type)).forEach(state -> minutesOfType.add(state.minute()));
        return minutesOfType;
    }

    private void fail(String what, RuntimeException e) {
        if (waits.isStopped()) {
            throw e;
        }
        metrics.failed();
        FAILURES.say("%s: %s".formatted(what, e));
    }
}
