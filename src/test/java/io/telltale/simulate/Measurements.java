package io.telltale.simulate;

import io.telltale.sensors.Reading;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file of recorded measurements in timestamp order, read line by line in constant memory. */
final class Measurements implements Closeable {

    /** A value of 1,024 code points in quotes fits; a file without line breaks does not fill the memory. */
    private static final int MAX_LINE_LENGTH = 8_192;

    private final BufferedReader reader;
    private long line;
    private long lastMillis = Long.MIN_VALUE;

    private Measurements(BufferedReader reader) {
        this.reader = reader;
    }

    /**
     * @throws IllegalArgumentException if it does not begin with the header
     */
    static Measurements open(Path file) throws IOException {
        Measurements measurements = new Measurements(Files.newBufferedReader(file));
        try {
            String header = measurements.readLine();
            if (header == null || !header.equals(Measurement.HEADER)) {
                throw Measurement.problem(1, "header", header == null ? "" : header, Measurement.HEADER, null);
            }
            return measurements;
        } catch (IOException | RuntimeException e) {
            measurements.close();
            throw e;
        }
    }

    /**
     * The next measurement, or null after the last.
     *
     * @throws IllegalArgumentException naming line, field, value and what was expected
     */
    @Nullable
    Reading next() throws IOException {
        String text = readLine();
        if (text == null) {
            return null;
        }
        Reading reading = Measurement.parse(text, line);
        if (reading.timestampMillis() < lastMillis) {
            throw Measurement.problem(
                    line, "timestamp", text.split(",", 4)[2], "no earlier one than the line before has", null);
        }
        lastMillis = reading.timestampMillis();
        return reading;
    }

    private @Nullable String readLine() throws IOException {
        line++;
        StringBuilder text = new StringBuilder();
        try {
            int c = reader.read();
            if (c < 0) {
                return null;
            }
            for (; c >= 0 && c != '\n'; c = reader.read()) {
                if (text.length() == MAX_LINE_LENGTH) {
                    throw Measurement.problem(
                            line, "line", text.toString(), "at most %d characters".formatted(MAX_LINE_LENGTH), null);
                }
                text.append((char) c);
            }
        } catch (CharacterCodingException e) {
            // The reader reads ahead, so the line is only where it noticed.
            throw new IllegalArgumentException("line %d or later: not UTF-8".formatted(line), e);
        }
        boolean carriageReturn = !text.isEmpty() && text.charAt(text.length() - 1) == '\r';
        return carriageReturn ? text.substring(0, text.length() - 1) : text.toString();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
