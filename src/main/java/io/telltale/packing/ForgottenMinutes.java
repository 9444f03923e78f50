package io.telltale.packing;

import io.telltale.sensors.SensorType;
import io.telltale.store.FreshMinute;
import io.telltale.store.MergingTables;
import io.telltale.store.Page;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Makes minutes known that hold segments and are not, first after a start, then once a day. A write may have been
 * delayed until its minute was forgotten, and a Cassandra replica may have missed the removal of a minute.
 *
 * <p>Searches slice by slice, some seconds in each pass, so that merging goes on. A slice that fails is searched again
 * later.
 */
final class ForgottenMinutes {

    static final Duration BETWEEN_SEARCHES = Duration.ofDays(1);
    static final Duration AFTER_FAILURE = Duration.ofMinutes(10);

    /** No slice is begun later than this in a pass. */
    static final Duration PER_PASS = Duration.ofSeconds(10);

    private static final Logger log = Logger.getLogger(ForgottenMinutes.class);

    private final MergingTables tables;
    private final PackerWaits waits;
    private final Clock clock;
    private final LongSupplier nanoTime;

    /** The next slice. */
    private int slice;

    /** When it is searched, by {@code nanoTime}; empty for now. */
    private Optional<Long> dueNanos = Optional.empty();

    ForgottenMinutes(MergingTables tables, PackerWaits waits, Clock clock, LongSupplier nanoTime) {
        this.tables = tables;
        this.waits = waits;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** Searches the next slices if it is time. Throws the failure of a slice, which is due again some minutes later. */
    void search() {
        long start = nanoTime.getAsLong();
        if (dueNanos.filter(due -> start - due < 0).isPresent()) {
            return;
        }
        dueNanos = Optional.of(start + AFTER_FAILURE.toNanos());
        Map<SensorType, Set<FreshMinute>> known = new HashMap<>();
        while (slice < MergingTables.SLICES) {
            if (nanoTime.getAsLong() - start > PER_PASS.toNanos()) {
                dueNanos = Optional.empty();
                return;
            }
            search(slice, known);
            slice++;
        }
        slice = 0;
        dueNanos = Optional.of(start + BETWEEN_SEARCHES.toNanos());
    }

    private void search(int part, Map<SensorType, Set<FreshMinute>> known) {
        for (Optional<Page<FreshMinute>> page = Optional.of(waits.get(tables.partitions(part)));
                page.isPresent();
                page = page.get().next().map(next -> waits.get(next.get()))) {
            for (FreshMinute minute : page.get().items()) {
                Set<FreshMinute> ofType = known.computeIfAbsent(minute.lane().type(), this::known);
                if (minute.completeMillis() <= clock.millis() && ofType.add(minute)) {
                    log.debugf("Found segments of a minute that was forgotten: %s", minute);
                    waits.get(tables.add(minute));
                }
            }
        }
    }

    private Set<FreshMinute> known(SensorType type) {
        Set<FreshMinute> minutes = new HashSet<>();
        waits.get(tables.minutes(type)).forEach(state -> minutes.add(state.minute()));
        return minutes;
    }
}
