package io.telltale.wire;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The result of decoding a record: a reading, a rejection, or, for a pack, several of both. A bad record is a value,
 * not an exception.
 */
public sealed interface DecodeResult {

    /** The valid readings, in the order of the record. */
    Collection<Accepted> accepted();

    /** Why the record goes to the dead letters; null if all of it is valid. */
    @Nullable
    Rejected rejected();

    /** This result without the readings that {@code check} rejects. */
    DecodeResult checked(Check check);

    /** Validates a reading by more than its record. */
    @FunctionalInterface
    interface Check {
        @Nullable
        Rejected faultOf(Accepted accepted);
    }

    /**
     * A valid record.
     *
     * @param description the valid unit and site in the record
     * @param dropped the invalid ones
     */
    record Accepted(Reading reading, Description description, List<DroppedField> dropped) implements DecodeResult {
        public Accepted {
            dropped = List.copyOf(dropped);
        }

        /** Without a dropped field. */
        public Accepted(Reading reading, Description description) {
            this(reading, description, List.of());
        }

        @Override
        public Collection<Accepted> accepted() {
            return List.of(this);
        }

        @Override
        public @Nullable Rejected rejected() {
            return null;
        }

        @Override
        public DecodeResult checked(Check check) {
            Rejected fault = check.faultOf(this);
            return fault == null ? this : fault;
        }
    }

    /**
     * A rejected record.
     *
     * @param detail a sentence with the field, its shortened value and what was expected
     */
    record Rejected(Rejection reason, String detail) implements DecodeResult {

        /**
         * All faults of one record: the reason of the first, and the details of all.
         *
         * @param faults not empty
         */
        static Rejected of(Collection<Rejected> faults, Collection<DroppedField> dropped) {
            StringJoiner details = new StringJoiner("; ");
            faults.forEach(fault -> details.add(fault.detail));
            dropped.forEach(field -> details.add(field.detail()));
            return new Rejected(faults.iterator().next().reason, details.toString());
        }

        /** This rejection with more at the end of its detail. */
        Rejected with(String more) {
            return new Rejected(reason, detail + more);
        }

        @Override
        public Collection<Accepted> accepted() {
            return List.of();
        }

        @Override
        public Rejected rejected() {
            return this;
        }

        @Override
        public DecodeResult checked(Check check) {
            return this;
        }
    }

    /**
     * A readable SenML pack: its entries by index, from 0. An entry that a later one for the same sensor and
     * millisecond replaces is in neither map.
     *
     * @param good the valid entries
     * @param bad the rejected entries
     */
    record Pack(SortedMap<Integer, Accepted> good, SortedMap<Integer, Rejected> bad) implements DecodeResult {
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
        public DecodeResult checked(Check check) {
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
