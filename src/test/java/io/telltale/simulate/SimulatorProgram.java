package io.telltale.simulate;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A fleet from the command line: {@code --bootstrap-servers=localhost:9092 --sensors=600 --rate=1 --duration=PT10M}.
 * {@code --kafka-settings=FILE} adds settings of Kafka's clients, such as those of TLS and of a password. Without a
 * duration it lives until it is interrupted. Says at its end what it has sent.
 */
public final class SimulatorProgram {

    private static final Set<String> OPTIONS = new TreeSet<>(List.of(
            "bootstrap-servers",
            "kafka-settings",
            "sensors",
            "rate",
            "seed",
            "sites",
            "duration",
            "late",
            "duplicate",
            "corrected",
            "out-of-order",
            "malformed"));

    private static final int DEFAULT_SENSORS = 60;
    private static final String SHARE = "a share from 0 to 1";

    private SimulatorProgram() {}

    public static void main(String[] arguments) throws InterruptedException {
        Clock clock = Clock.systemUTC();
        Simulation simulation;
        Duration duration;
        try {
            ProgramOptions options = ProgramOptions.of(arguments, OPTIONS);
            duration = options.get("duration", Duration.ofDays(10_000), Duration::parse, "ISO 8601, such as PT10M");
            simulation = new Simulation(connection(options), settings(options, clock), clock);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        run(simulation, duration);
    }

    /** The address, and the settings of a file such as those of TLS and of a password. */
    static Map<String, Object> connection(ProgramOptions options) {
        Map<String, Object> connection = new HashMap<>();
        options.get("kafka-settings", new Properties(), SimulatorProgram::properties, "a readable file of settings")
                .forEach((key, value) -> connection.put(key.toString(), value));
        connection.put("bootstrap.servers", options.required("bootstrap-servers"));
        return connection;
    }

    private static Properties properties(String file) {
        try (Reader reader = Files.newBufferedReader(Path.of(file))) {
            Properties properties = new Properties();
            properties.load(reader);
            return properties;
        } catch (IOException e) {
            throw new IllegalArgumentException("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    static SimulationSettings settings(ProgramOptions options, Clock clock) {
        FaultShares typical = FaultShares.TYPICAL;
        FaultShares faults = new FaultShares(
                options.get("late", typical.late(), Double::valueOf, SHARE),
                options.get("duplicate", typical.duplicate(), Double::valueOf, SHARE),
                options.get("corrected", typical.corrected(), Double::valueOf, SHARE),
                options.get("out-of-order", typical.outOfOrder(), Double::valueOf, SHARE),
                options.get("malformed", typical.malformed(), Double::valueOf, SHARE));
        int sensors = options.get("sensors", DEFAULT_SENSORS, Integer::valueOf, "a whole number");
        SimulationSettings usual = SimulationSettings.of(sensors, clock.instant());
        return usual.withFaults(faults)
                .withRatePerSensor(options.get("rate", usual.ratePerSensor(), Double::valueOf, "readings per second"))
                .withSeed(options.get("seed", usual.seed(), Long::valueOf, "a whole number"))
                .withSites(options.get("sites", usual.sites(), Integer::valueOf, "a whole number"));
    }

    /** Closes the fleet in the end, also on an interrupt from the keyboard. */
    private static void run(Simulation simulation, Duration duration) throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            interrupted.countDown();
            await(closed);
        }));
        simulation.start();
        boolean early = interrupted.await(duration.toMillis(), TimeUnit.MILLISECONDS);
        @Nullable RuntimeException failure = null;
        try {
            simulation.close();
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            System.out.println((early ? "Interrupted. " : "") + report(simulation.counts()));
            closed.countDown();
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String report(SimulationCounts counts) {
        return "Sent %d records: %d readings, %d repeats, %d corrections, %d for the dead letters %s. "
                        .formatted(
                                counts.sent(),
                                counts.distinct(),
                                counts.repeats(),
                                counts.corrections(),
                                counts.deadLetters(),
                                counts.sentByReason())
                + "Kafka acknowledged %d, not %d. Readings due but not sent: %d."
                        .formatted(counts.acknowledged(), counts.failed(), counts.notSent());
    }
}
