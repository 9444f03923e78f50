package io.telltale.packing;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.sensors.SensorType;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.Layout;
import io.telltale.store.PackingBounds;
import io.telltale.store.PackingConfig;
import io.telltale.store.PackingTables;
import io.telltale.store.Page;
import io.telltale.store.ShardWeek;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The background engine that packs spans which have ended, and removes replaced packs. Off by default.
 */
@Singleton
class Packer {

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

    /** One week may fail alone. After so many, Cassandra is unavailable. */
    static final int MAX_FAILURES_IN_A_ROW = 5;

    private static final Logger log = Logger.getLogger(Packer.class);
    private static final RateLimitedLog FAILURES = new RateLimitedLog(log, Logger.Level.WARN);

    private final PackingTables tables;
    private final PackingMetrics metrics;
    private final Clock clock;
    private final boolean isEnabled;
    private final Duration after;
    private final PackerWaits waits = new PackerWaits();
    private final RemovalDelays<UUID> replacedPacks;
    private final SpanPacker spans;
    private final EngineThread thread;

    @Inject
    Packer(PackingTables tables, PackingMetrics metrics, PackingConfig config, Clock clock) {
        this(tables, metrics, config, clock, System::nanoTime);
    }

    Packer(PackingTables tables, PackingMetrics metrics, PackingConfig config, Clock clock, LongSupplier nanoTime) {
        this.tables = tables;
        this.metrics = metrics;
        this.clock = clock;
        this.isEnabled = config.enabled();
        this.after = PackingBounds.after(config);
        Duration interval = PackingSettings.interval(config);
        Pace pace = new Pace(PackingSettings.rate(config), System::nanoTime);
        this.spans = new SpanPacker(tables, waits, pace, metrics, clock);
        this.replacedPacks = new RemovalDelays<>(nanoTime);
        Duration afterFailure = interval.compareTo(AFTER_FAILURE) < 0 ? interval : AFTER_FAILURE;
        this.thread = new EngineThread(
                "packer", waits, tables::isReady, interval, () -> packAll() ? interval : afterFailure, this::failed);
    }

    void start(@Observes StartupEvent start) {
        if (isEnabled) {
            thread.start();
        }
    }

    /** Blocks: runs on the shutdown thread. The packer removes the segments of an unfinished pack. */
    void stop(@Observes ShutdownEvent stop) throws InterruptedException {
        thread.stop();
    }

    private void failed(Error e) {
        metrics.failed();
        log.error("Packing failed, next try at the next interval; readings still come from rows", e);
    }

    /** Packs all spans that are due. False if it could not search all. */
    boolean packAll() {
        long unpacked = 0;
        int failures = 0;
        int failuresInARow = 0;
        replacedPacks.nextPass();
        try {
            for (Optional<Page<ShardWeek>> page = Optional.of(waits.get(tables.weeks()));
                    page.isPresent();
                    page = page.get().next().map(next -> waits.get(next.get()))) {
                List<ShardWeek> weeks = new ArrayList<>(page.get().items());
                // Replicas then seldom meet at the same week.
                Collections.shuffle(weeks);
                for (ShardWeek week : weeks) {
                    try {
                        unpacked += packWeek(week);
                        failuresInARow = 0;
                    } catch (RuntimeException e) {
                        failures++;
                        if (++failuresInARow == MAX_FAILURES_IN_A_ROW) {
                            throw e;
                        }
                        fail("Search for spans to pack failed: " + week, e);
                    }
                }
            }
        } catch (RuntimeException e) {
            fail("Search for spans to pack failed", e);
            return false;
        }
        if (failures == 0) {
            metrics.unpacked(unpacked);
        }
        return failures == 0;
    }

    /** Packs what is due in a week. Returns the number of spans that have ended and are not packed. */
    int packWeek(ShardWeek week) {
        SensorType type = week.type();
        Map<Long, SpanMarks> marks = waits.get(tables.marks(week));
        for (Span span : week.spans()) {
            removeReplaced(span, marks.getOrDefault(span.startMillis(), SpanMarks.NONE));
        }
        if (!tables.isPackable(type)) {
            FAILURES.say("Readings of type %s are not packed: operations at its write level may miss each other"
                            .formatted(type)
                    + ", or go to several data centers; see docs/operations.md");
            return 0;
        }
        Layout layout = waits.get(tables.layout(type));
        long now = clock.millis();
        int unpacked = 0;
        for (Span span : week.spans()) {
            SpanMarks ofSpan = marks.getOrDefault(span.startMillis(), SpanMarks.NONE);
            if (ofSpan.isUnpacked() && span.lastEndMillis(layout) + after.toMillis() <= now) {
                unpacked += attempt(span, () -> pack(span, ofSpan, layout)) ? 0 : 1;
            }
        }
        return unpacked;
    }

    /** Packs a span if it is time. Until then, its outdated packs go: they may hold deleted readings. */
    private boolean pack(Span span, SpanMarks marks, Layout layout) {
        if (spans.isDue(span, marks)) {
            return spans.pack(span, layout);
        }
        if (marks.isOutdated()) {
            spans.retireOutdated(span);
        }
        return false;
    }

    private void removeReplaced(Span span, SpanMarks marks) {
        for (Mark replaced : marks.replaced()) {
            if (replacedPacks.isUnused(replaced.id())) {
                attempt(span, () -> {
                    waits.get(tables.remove(span, replaced));
                    waits.get(tables.forget(span, replaced));
                    return true;
                });
            }
        }
    }

    /** One span that fails, for example because of its content, does not stop the others. */
    private boolean attempt(Span span, BooleanSupplier attempt) {
        try {
            return attempt.getAsBoolean();
        } catch (RuntimeException e) {
            fail("Packing failed, readings still come from rows: " + span, e);
            return false;
        }
    }

    private void fail(String what, RuntimeException e) {
        if (waits.isStopped()) {
            throw e;
        }
        metrics.failed();
        FAILURES.say("%s: %s".formatted(what, e));
    }
}
