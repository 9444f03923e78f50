package io.telltale.packing;

import io.telltale.sensors.SensorType;
import io.telltale.store.FreshMinute;
import io.telltale.store.MergingTables;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Makes minutes known that hold segments and are not, slice by slice. A write may have been delayed until its minute
 * was forgotten, and a Cassandra replica may have missed the removal of a minute.
 */
final class ForgottenMinutes {

    private static final Logger log = Logger.getLogger(ForgottenMinutes.class);

    private final MergingTables tables;
    private final PackerWaits waits;
    private final Clock clock;
    private final DailySearch daily;

    /** The next slice. */
    private int slice;

    ForgottenMinutes(MergingTables tables, PackerWaits waits, Clock clock, LongSupplier nanoTime) {
        this.tables = tables;
        this.waits = waits;
        this.clock = clock;
        this.daily = new DailySearch(nanoTime);
    }

    /** Searches the next slices if it is time. Throws the failure of a slice, which is due again some minutes later. */
    void search() {
        Map<SensorType, Set<FreshMinute>> known = new HashMap<>();
        daily.run(() -> {
            search(slice, known);
            slice = (slice + 1) % MergingTables.SLICES;
            return slice > 0;
        });
    }

    private void search(int part, Map<SensorType, Set<FreshMinute>> known) {
        waits.forEach(tables.partitions(part), minute -> {
            Set<FreshMinute> ofType = known.computeIfAbsent(minute.lane().type(), this::known);
            if (minute.completeMillis() <= clock.millis() && ofType.add(minute)) {
                log.debugf("Found segments of a minute that was forgotten: %s", minute);
                waits.get(tables.add(minute));
            }
        });
    }

    private Set<FreshMinute> known(SensorType type) {
        Set<FreshMinute> minutes = new HashSet<>();
        waits.get(tables.minutes(type)).forEach(state -> minutes.add(state.minute()));
        return minutes;
    }
}
