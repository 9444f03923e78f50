package io.telltale.simulate;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Turns {@code seattle-weather.csv} of vega-datasets into measurements to {@link Replay}: four sensors, a reading a day
 * each. Numbers stay as they are written.
 *
 * <p>A day's figures stand for a day in Seattle, from midnight to midnight there, so a reading carries the instant at
 * which its day began in the zone America/Los_Angeles, written in UTC: 08:00 in winter and 07:00 in summer. Whoever
 * asks for daily windows in that zone gets one reading in each.
 *
 * <p>The column {@code weather} is left out: it was not measured but made up of other columns by those who published
 * the file.
 */
public final class SeattleWeather {

    static final String HEADER = "date,precipitation,temp_max,temp_min,wind,weather";

    private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");

    /** The sensors, in the order of the columns after the date. */
    private static final List<String> SENSORS_AND_TYPES = List.of(
            "seattle-precipitation,precipitation",
            "seattle-temp-max,temperature",
            "seattle-temp-min,temperature",
            "seattle-wind,wind-speed");

    private SeattleWeather() {}

    /**
     * @throws IllegalArgumentException naming line, field, value and what was expected
     */
    static void convert(Reader original, Writer measurements) throws IOException {
        BufferedReader lines = new BufferedReader(original);
        String header = lines.readLine();
        if (header == null || !header.equals(HEADER)) {
            throw Measurement.problem(1, "header", header == null ? "" : header, HEADER, null);
        }
        measurements.write(Measurement.HEADER + "\n");
        long number = 1;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            measurements.write(measurementsOf(line, number));
        }
    }

    private static String measurementsOf(String line, long number) {
        String[] columns = line.split(",", -1);
        if (columns.length != 6) {
            throw Measurement.problem(number, "line", line, "six columns, " + HEADER, null);
        }
        String timestamp = startOf(columns[0], number);
        StringBuilder measurements = new StringBuilder();
        for (int i = 0; i < SENSORS_AND_TYPES.size(); i++) {
            String value = columns[i + 1];
            if (!NUMBER.matcher(value).matches()) {
                throw Measurement.problem(number, HEADER.split(",", -1)[i + 1], value, "a decimal number", null);
            }
            measurements.append("%s,%s,%s\n".formatted(SENSORS_AND_TYPES.get(i), timestamp, value));
        }
        return measurements.toString();
    }

    private static String startOf(String date, long line) {
        try {
            return LocalDate.parse(date).atStartOfDay(ZONE).toInstant().toString();
        } catch (DateTimeException e) {
            throw Measurement.problem(line, "date", date, "a day such as 2012-01-31", e);
        }
    }

    /** Arguments: the original file, and the file to write. */
    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            throw new IllegalArgumentException(
                    "%d arguments; expected the original file and the file to write".formatted(arguments.length));
        }
        try (Reader original = Files.newBufferedReader(Path.of(arguments[0]));
                Writer measurements = Files.newBufferedWriter(Path.of(arguments[1]))) {
            convert(original, measurements);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
