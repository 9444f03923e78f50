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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The background engine that merges the fresh segments of complete minutes into recent ones, and removes what is
 * merged. Where merging is off, it only counts minutes, once this replica has met a type that may have segments.
 */
@Singleton
class Merger {

    /** How long a minute waits after a failure that has another cause than the availability of Cassandra. */
    static final Duration AFTER_FAULT = Duration.ofMinutes(10);

    private static final Logger log = Logger.getLogger(Merger.class);
    private static final RateLimitedLog FAILURES = new RateLimitedLog(log, Logger.Level.WARN);

    private final MergingTables tables;
    private final MergingMetrics metrics;
    private final Clock clock;
    private final boolean isEnabled;
    private final PackerWaits waits;
    private final MinuteMerger minutes;
    private final RemovalDelays<MinuteState> merged;
    private final ForgottenMinutes forgotten;
    private final EngineThread thread;
    private final Attempts<FreshMinute> attempts;

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
        this.isEnabled = isEnabled;
        this.waits = waits;
        Duration interval = Bounds.within(
                "telltale.storage.merging.interval", config.interval(), Duration.ofSeconds(1), Duration.ofHours(1));
        int rate = Bounds.within("telltale.storage.merging.rate", config.rate(), 1_000, 10_000_000);
        this.minutes = new MinuteMerger(tables, waits, new Pace(rate, System::nanoTime), metrics, clock);
        this.merged = new RemovalDelays<>(nanoTime);
        this.forgotten = new ForgottenMinutes(tables, waits, clock, nanoTime);
        this.attempts = new Attempts<>(
                "Merging failed, readings still come from fresh segments",
                AFTER_FAULT,
                new Attempts.Reports(metrics::failed, FAILURES),
                waits,
                nanoTime);
        this.thread = new EngineThread("merger", waits, tables::isReady, interval, this::pass, this::failed);
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

    private void failed(Error e) {
        metrics.failed();
        log.error("Merging failed, next try at the next interval; readings still come from fresh segments", e);
    }

    /** Merges all minutes that are complete, and removes those that were merged long enough ago. */
    void pass() {
        merged.nextPass();
        attempts.nextPass();
        if (isEnabled) {
            attempts.succeeds("Search for forgotten minutes", forgotten::search);
        }
        List<SensorType> types = new ArrayList<>();
        Set<FreshMinute> unmerged = new LinkedHashSet<>();
        boolean isComplete =
                attempts.succeeds("Search for minutes to merge", () -> types.addAll(waits.get(tables.types())));
        for (SensorType type : types) {
            // The write level of a type may be unavailable, and that of others not.
            isComplete &= attempts.succeeds("Merging of type " + type, () -> mergeAll(type, unmerged));
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
        return attempts.faults();
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
        attempts.nextGroup();
        for (MinuteState state : complete) {
            // The next step of the minute.
            if (attempts.attempt(state.minute(), () -> step(state), state.mark().isPresent())) {
                unmerged.remove(state.minute());
            }
        }
    }

    /** Returns whether the minute is merged. */
    private boolean step(MinuteState state) {
        if (state.mark().isEmpty()) {
            return minutes.merge(state);
        }
        if (merged.isUnused(state)) {
            minutes.remove(state, state.mark().get());
        }
        return true;
    }
}
