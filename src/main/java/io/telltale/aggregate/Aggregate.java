package io.telltale.aggregate;

import io.telltale.sensors.TimedValue;
import java.util.Optional;

/** The result of one function over one window. */
public sealed interface Aggregate {

    /** A number of readings. */
    record Count(long count) implements Aggregate {
        static final Count ZERO = new Count(0);

        @Override
        public Aggregate carried() {
            return ZERO;
        }

        @Override
        public Optional<Aggregate> interpolatedTo(Aggregate later, double fraction) {
            return Optional.of(ZERO);
        }
    }

    /** A finite double. */
    record Numeric(double number) implements Aggregate {
        @Override
        public Aggregate carried() {
            return this;
        }

        @Override
        public Optional<Aggregate> interpolatedTo(Aggregate later, double fraction) {
            return later instanceof Numeric laterNumber
                    ? Optional.of(new Numeric(Interpolation.between(number, laterNumber.number, fraction)))
                    : Optional.empty();
        }
    }

    /** One of the readings. */
    record Sample(TimedValue reading) implements Aggregate {
        @Override
        public Aggregate carried() {
            return this;
        }

        @Override
        public Optional<Aggregate> interpolatedTo(Aggregate later, double fraction) {
            return Optional.empty();
        }
    }

    /** The result that a later window without readings takes over by {@link Fill#PREVIOUS}. A count is never filled. */
    Aggregate carried();

    /**
     * The result of a window without readings by {@link Fill#LINEAR}. Only numbers are interpolated: between two
     * readings there is no reading.
     *
     * @param later the result of the same function for the next window with readings
     * @param fraction the position between the two windows, from 0 to 1
     */
    Optional<Aggregate> interpolatedTo(Aggregate later, double fraction);
}
