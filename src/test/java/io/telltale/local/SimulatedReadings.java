package io.telltale.local;

import io.telltale.simulate.SensorKind;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationCounts;
import io.telltale.simulate.SimulationSettings;
import java.time.Clock;

/** A simulated fleet, with the faults of a real one. */
final class SimulatedReadings implements ReadingSource {

    private final int sensors;
    private final double rate;
    private final Progress progress;
    private final Simulation fleet;

    SimulatedReadings(int sensors, double rate, String bootstrapServers, Progress progress) {
        this.sensors = sensors;
        this.rate = rate;
        this.progress = progress;
        Clock clock = Clock.systemUTC();
        this.fleet = new Simulation(
                bootstrapServers,
                SimulationSettings.of(sensors, clock.instant()).withRatePerSensor(rate),
                clock);
    }

    @Override
    public void start() {
        fleet.start();
    }

    @Override
    public String describe() {
        String each = rate == 1 ? "1 reading per second each" : rate + " readings per second each";
        return "%d simulated sensors, %s".formatted(sensors, each);
    }

    @Override
    public Example example() {
        String type = SensorKind.TEMPERATURE.type().toString();
        // The first of the fleet, so it is there whatever the fleet's size.
        return new Example(type + "-0001", type, "now-10m");
    }

    @Override
    public void close() {
        fleet.close();
        SimulationCounts counts = fleet.counts();
        progress.say("Sent %d records; Kafka acknowledged %d".formatted(counts.sent(), counts.acknowledged()));
    }
}
