package io.telltale.query;

import io.telltale.wire.CsvEncoder;
import io.telltale.wire.EncodedBytes;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Identifies a series of windows within a response. Keys are in the order of their values; no value comes last.
 *
 * @param value the id of the sensor, or what the sensors of the group have in common; null for sensors without a site
 *     or label
 */
record SeriesKey(@Nullable String value) implements Comparable<SeriesKey> {

    private static final Comparator<String> ORDER = Comparator.nullsLast(Comparator.<String>naturalOrder());

    void writeJson(EncodedBytes target) {
        if (value == null) {
            target.ascii("null");
        } else {
            target.jsonString(value);
        }
    }

    /** Writes nothing for no value. */
    void writeCsv(CsvEncoder csv, EncodedBytes target) {
        if (value != null) {
            csv.text(value, target);
        }
    }

    @Override
    public int compareTo(SeriesKey other) {
        return ORDER.compare(value, other.value);
    }
}
