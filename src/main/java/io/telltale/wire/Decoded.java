package io.telltale.wire;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What became of a record: a reading, or the reason why it is none, or, for a pack, some of both. A bad record is a value,
 * not an exception.
 */
public sealed interface Decoded {

    /** The good readings of the record, in its order. */
    Collection<Accepted> accepted();

    /** Why the record goes to the dead letters; null if all of it is good. */
    @Nullable
    Rejected rejected();

    /** The same, less the readings in which {@code check} finds a fault. */
    Decoded checked(Check check);

    /** Looks for what is wrong with a good reading beyond what its record shows. */
    @FunctionalInterface
    interface Check {
        @Nullable
        Rejected faultOf(Accepted accepted);
    }

    /**
     * A good record.
     *
     * @param reading the reading it carries
     * @param description what it says of the sensor besides
     */
    record Accepted(Reading reading, Description description) implements Decoded {
        @Override
        public Collection<Accepted> accepted() {
            return List.of(this);
        }

        @Override
        public @Nullable Rejected rejected() {
            return null;
        }

        @Override
        public Decoded checked(Check check) {
            Rejected fault = check.faultOf(this);
            return fault == null ? this : fault;
        }
    }

    /**
     * A bad record.
     *
     * @param reason the code of what is wrong
     * @param detail a sentence that names the field, its value (an excerpt) and what was expected
     */
    record Rejected(Rejection reason, String detail) implements Decoded {
        @Override
        public Collection<Accepted> accepted() {
            return List.of();
        }

        @Override
        public Rejected rejected() {
            return this;
        }

        @Override
        public Decoded checked(Check check) {
            return this;
        }
    }

    /**
     * A SenML pack that could be read: its entries by their index in it, from 0. An entry that a later one for the same
     * sensor and millisecond replaces is in neither.
     *
     * @param good the entries that are readings
     * @param bad the entries that are none
     */
    record Pack(SortedMap<Integer, Accepted> good, SortedMap<Integer, Rejected> bad) implements Decoded {
        public Pack {
            good = Collections.unmodifiableSortedMap(good);
            bad = Collections.unmodifiableSortedMap(bad);
        }

        @Override
        public Collection<Accepted> accepted() {
            return good.values();
        }

        @Override
        public @Nullable Rejected rejected() {
            return bad.isEmpty() ? null : BadEntries.summary(bad);
        }

        @Override
        public Decoded checked(Check check) {
            SortedMap<Integer, Accepted> stillGood = new TreeMap<>();
            SortedMap<Integer, Rejected> nowBad = new TreeMap<>(bad);
            good.forEach((index, accepted) -> {
                Rejected fault = check.faultOf(accepted);
                if (fault == null) {
                    stillGood.put(index, accepted);
                } else {
                    nowBad.put(index, fault);
                }
            });
            return new Pack(stillGood, nowBad);
        }
    }
}
