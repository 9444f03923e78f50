package io.telltale.simulate;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;

/**
 * A fleet and its life. The same settings give the same records, byte for byte.
 *
 * @param sensors how many, 1 to 1,000,000; the kinds take turns
 * @param ratePerSensor readings per sensor and second, 0.00001 (about one a day) to 100
 * @param seed what sets this fleet apart from others of its size
 * @param sites over how many sites the sensors spread, 1 to 10,000
 * @param faults what goes wrong, and how often
 * @param start the event time at which the first reading is due; for a live fleet, now
 * @param kinds what the sensors measure, each kind once
 */
public record SimulationSettings(
        int sensors,
        double ratePerSensor,
        long seed,
        int sites,
        FaultShares faults,
        Instant start,
        List<SensorKind> kinds) {

    public static final int MAX_SENSORS = 1_000_000;
    public static final double MIN_RATE_PER_SENSOR = 0.00001;
    public static final double MAX_RATE_PER_SENSOR = 100;
    public static final int MAX_SITES = 10_000;

    /** From here on no late reading has a number of milliseconds that would be taken for seconds. */
    private static final Instant EARLIEST_START = Instant.parse("1980-01-01T00:00:00Z");

    private static final Instant LATEST_START = Instant.parse("2900-01-01T00:00:00Z");

    public SimulationSettings {
        if (sensors < 1 || sensors > MAX_SENSORS) {
            throw new IllegalArgumentException(
                    "sensors is %d; expected a number from 1 to %d".formatted(sensors, MAX_SENSORS));
        }
        if (!(ratePerSensor >= MIN_RATE_PER_SENSOR && ratePerSensor <= MAX_RATE_PER_SENSOR)) {
            throw new IllegalArgumentException(
                    "ratePerSensor is %s; expected readings per second from 0.00001 to 100".formatted(ratePerSensor));
        }
        if (sites < 1 || sites > MAX_SITES) {
            throw new IllegalArgumentException(
                    "sites is %d; expected a number from 1 to %d".formatted(sites, MAX_SITES));
        }
        if (start.isBefore(EARLIEST_START) || start.isAfter(LATEST_START)) {
            throw new IllegalArgumentException(
                    "start is %s; expected an instant from %s to %s".formatted(start, EARLIEST_START, LATEST_START));
        }
        kinds = List.copyOf(kinds);
        if (kinds.isEmpty() || new HashSet<>(kinds).size() < kinds.size()) {
            throw new IllegalArgumentException("kinds is %s; expected at least one, each once".formatted(kinds));
        }
    }

    /** A fleet of all kinds on three sites, one reading per sensor and second, with the typical faults. */
    public static SimulationSettings of(int sensors, Instant start) {
        return new SimulationSettings(sensors, 1, 1, 3, FaultShares.TYPICAL, start, List.of(SensorKind.values()));
    }

    public SimulationSettings withRatePerSensor(double newRate) {
        return new SimulationSettings(sensors, newRate, seed, sites, faults, start, kinds);
    }

    public SimulationSettings withSeed(long newSeed) {
        return new SimulationSettings(sensors, ratePerSensor, newSeed, sites, faults, start, kinds);
    }

    public SimulationSettings withSites(int newSites) {
        return new SimulationSettings(sensors, ratePerSensor, seed, newSites, faults, start, kinds);
    }

    public SimulationSettings withFaults(FaultShares newFaults) {
        return new SimulationSettings(sensors, ratePerSensor, seed, sites, newFaults, start, kinds);
    }

    public SimulationSettings withKinds(SensorKind... newKinds) {
        return new SimulationSettings(sensors, ratePerSensor, seed, sites, faults, start, List.of(newKinds));
    }
}
