package io.telltale.local;

import io.telltale.simulate.SimulationSettings;
import io.telltale.simulate.Speed;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What {@code mvn -Plocal} is asked for.
 *
 * @param sensors how many are simulated, {@code -Dsensors=}
 * @param rate readings per sensor and second, {@code -Drate=}
 * @param keep whether the data is there again at the next run, {@code -Dkeep}
 * @param secure whether everything is encrypted and needs credentials, {@code -Dsecure}
 * @param replay a file of recorded measurements to send instead of simulated ones, {@code -Dreplay=}
 * @param speed how many times faster than recorded, {@code -Dspeed=}; {@code max} unless given
 */
record LaunchOptions(int sensors, double rate, boolean keep, boolean secure, Optional<Path> replay, Speed speed) {

    /**
     * Reads the options.
     *
     * @param properties the value of a property, null if it is not given
     * @throws IllegalArgumentException if a value is none; the message names option, value and what was expected
     */
    static LaunchOptions from(UnaryOperator<@Nullable String> properties) {
        Optional<Path> replay = file("replay", properties.apply("replay"));
        if (replay.isPresent()) {
            refuse("sensors", properties, "-Dreplay takes the sensors from the file");
            refuse("rate", properties, "-Dreplay takes the times from the file; -Dspeed=10 sends ten times faster");
        } else {
            refuse("speed", properties, "it goes with -Dreplay=file.csv only; -Drate= says how often sensors report");
        }
        boolean keep = flag("keep", properties.apply("keep"));
        boolean secure = flag("secure", properties.apply("secure"));
        if (keep && secure) {
            throw new IllegalArgumentException(
                    "-Dkeep cannot be used with -Dsecure, which makes new keys at each start");
        }
        return new LaunchOptions(
                sensors(properties.apply("sensors")),
                rate(properties.apply("rate")),
                keep,
                secure,
                replay,
                speed(properties.apply("speed")));
    }

    private static int sensors(@Nullable String value) {
        if (value == null) {
            return 200;
        }
        try {
            int sensors = Integer.parseInt(value);
            if (sensors >= 1 && sensors <= SimulationSettings.MAX_SENSORS) {
                return sensors;
            }
        } catch (NumberFormatException e) {
            // Reported below, like a number out of range.
        }
        throw wrong("sensors", value, "a whole number from 1 to " + SimulationSettings.MAX_SENSORS);
    }

    private static double rate(@Nullable String value) {
        if (value == null) {
            return 1;
        }
        try {
            double rate = Double.parseDouble(value);
            if (rate >= SimulationSettings.MIN_RATE_PER_SENSOR && rate <= SimulationSettings.MAX_RATE_PER_SENSOR) {
                return rate;
            }
        } catch (NumberFormatException e) {
            // Reported below, like a number out of range.
        }
        throw wrong("rate", value, "readings per sensor and second, from 0.00001 to 100");
    }

    private static Speed speed(@Nullable String value) {
        if (value == null) {
            return Speed.MAX;
        }
        try {
            return Speed.parse(value);
        } catch (IllegalArgumentException e) {
            throw wrong("speed", value, "max, or a factor above 0 such as 60");
        }
    }

    private static boolean flag(String option, @Nullable String value) {
        if (value == null || value.equals("false")) {
            return false;
        }
        if (value.isEmpty() || value.equals("true")) {
            return true;
        }
        throw wrong(option, value, "nothing after -D%s, or true or false".formatted(option));
    }

    private static Optional<Path> file(String option, @Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        try {
            Path file = Directories.project().resolve(value);
            if (Files.isRegularFile(file) && Files.isReadable(file)) {
                return Optional.of(file);
            }
        } catch (InvalidPathException e) {
            // Reported below, like a missing file.
        }
        throw wrong(option, value, "a file that can be read, from " + Directories.project());
    }

    private static void refuse(String option, UnaryOperator<@Nullable String> properties, String why) {
        String value = properties.apply(option);
        if (value != null) {
            throw new IllegalArgumentException("-D%s=%s cannot be used here: %s".formatted(option, value, why));
        }
    }

    private static IllegalArgumentException wrong(String option, String value, String expected) {
        return new IllegalArgumentException("-D%s=%s: expected %s".formatted(option, value, expected));
    }
}
