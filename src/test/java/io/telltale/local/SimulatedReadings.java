package io.telltale.local;

import io.telltale.simulate.SensorKind;
import io.telltale.simulate.SensorTopics;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationCounts;
import io.telltale.simulate.SimulationSettings;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A simulated fleet, with the faults of a real one. */
final class SimulatedReadings implements ReadingSource {

    private final int sensors;
    private final double rate;
    private final Map<String, Object> connection;
    private final Progress progress;
    private @Nullable Simulation fleet;
    private @Nullable NotableSensors notable;
    private @Nullable FleetMetadata metadata;

    SimulatedReadings(int sensors, double rate, Map<String, Object> connection, Progress progress) {
        this.sensors = sensors;
        this.rate = rate;
        this.connection = connection;
        this.progress = progress;
    }

    /** Topics first, then the schedule: readings carry the times at which they are due, and the first is due now. */
    @Override
    public void start() {
        SensorTopics.ensure(
                connection,
                Arrays.stream(SensorKind.values()).map(SensorKind::type).toList());
        Clock clock = Clock.systemUTC();
        Simulation starting = new Simulation(
                connection, SimulationSettings.of(sensors, clock.instant()).withRatePerSensor(rate), clock);
        starting.start();
        fleet = starting;
        NotableSensors beside = new NotableSensors(connection, clock);
        beside.start();
        notable = beside;
    }

    @Override
    public void describeSensors(ApiAccess api) {
        FleetMetadata setting = new FleetMetadata(api, rate);
        setting.start();
        metadata = setting;
    }

    @Override
    public String describe() {
        String each = rate == 1 ? "1 reading per second each" : rate + " readings per second each";
        return "%d simulated sensors, %s; one falls silent, one drifts, one producer is faulty"
                .formatted(sensors, each);
    }

    @Override
    public Example example() {
        String type = SensorKind.TEMPERATURE.type().toString();
        // The first of the fleet, so it is there whatever the fleet's size.
        return new Example(type + "-0001", type, "now-10m");
    }

    @Override
    public void close() {
        if (metadata != null) {
            metadata.close();
        }
        if (notable != null) {
            notable.close();
        }
        Simulation running = fleet;
        if (running == null) {
            return;
        }
        running.close();
        SimulationCounts counts = running.counts();
        progress.say("Sent %d records; Kafka acknowledged %d".formatted(counts.sent(), counts.acknowledged()));
    }
}
