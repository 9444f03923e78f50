package io.telltale.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.aggregate.Aggregation;
import io.telltale.aggregate.Fill;
import io.telltale.api.Parameters;
import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import io.telltale.wire.CsvEncoder;
import io.telltale.wire.EncodedBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SeriesFormatTest {

    private static final AggregatesQuery QUERY = AggregatesQuery.of(
            Parameters.of(
                    Map.of(
                            "from", List.of("0"),
                            "to", List.of("1970-01-01T00:00:02Z"),
                            "interval", List.of("1s"),
                            "functions", List.of("count,avg,last")),
                    "from",
                    "to",
                    "interval",
                    "points",
                    "functions",
                    "timezone",
                    "fill",
                    "consistency"),
            0);
    private static final Grouping BY_SENSOR = new Grouping("sensor");
    private static final Grouping BY_FLOOR = new Grouping("label.floor");

    private record Reading(long timestampMillis, Value value) implements TimedValue {}

    /** A window with a text, and one without readings. */
    private static final List<AggregatedWindow> WINDOWS = windows();

    private static List<AggregatedWindow> windows() {
        List<AggregatedWindow> windows = new ArrayList<>();
        Aggregation aggregation = new Aggregation(QUERY.windows(), Fill.NULL, QUERY.functions(), 100);
        aggregation
                .add(List.of(new Reading(1, new Value.Numeric(2.5)), new Reading(2, new Value.Text("=a,b"))))
                .forEachRemaining(windows::add);
        aggregation.finish().forEachRemaining(windows::add);
        return windows;
    }

    private static String written(SeriesFormat format, String... keys) {
        EncodedBytes body = new EncodedBytes(64);
        for (int i = 0; i < keys.length; i++) {
            SeriesKey key = new SeriesKey(keys[i].equals("-") ? null : keys[i]);
            format.series(key, i == 0, body);
            if (i == 0) {
                format.window(WINDOWS.get(0), key, true, body);
                format.window(WINDOWS.get(1), key, false, body);
            }
        }
        return new String(format.opening(), UTF_8) + body;
    }

    @Test
    void writesADocumentOfSeries() {
        assertThat(written(new SeriesDocument(QUERY, BY_SENSOR), "a", "b")).isEqualTo("""
                {"interval":"PT1S","series":[{"sensorId":"a","windows":[\
                {"start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T00:00:01.000Z","count":2,"avg":2.5,\
                "last":{"timestamp":"1970-01-01T00:00:00.002Z","value":"=a,b"}},\
                {"start":"1970-01-01T00:00:01.000Z","end":"1970-01-01T00:00:02.000Z","count":0,"avg":null,"last":null}]},\
                {"sensorId":"b","windows":[""");
        assertThat(written(new SeriesDocument(QUERY, BY_FLOOR), "-")).contains("{\"group\":null,\"windows\":[");
        assertThat(written(new SeriesDocument(QUERY, BY_FLOOR), "\"x\"")).contains("{\"group\":\"\\\"x\\\"\",");
    }

    @Test
    void writesALinePerWindow() {
        assertThat(written(new SeriesLines(QUERY, BY_FLOOR), "2 \"b\"", "c")).isEqualTo("""
                {"start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T00:00:01.000Z","label.floor":"2 \\"b\\"",\
                "count":2,"avg":2.5,"last":{"timestamp":"1970-01-01T00:00:00.002Z","value":"=a,b"}}
                {"start":"1970-01-01T00:00:01.000Z","end":"1970-01-01T00:00:02.000Z","label.floor":"2 \\"b\\"",\
                "count":0,"avg":null,"last":null}
                """);
    }

    @Test
    void writesARowPerWindow() {
        assertThat(written(new SeriesRows(QUERY, BY_SENSOR, CsvEncoder.EXACT), "a", "b"))
                .isEqualToNormalizingNewlines("""
                        start,end,sensor,count,avg,last
                        1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z,a,2,2.5,"=a,b"
                        1970-01-01T00:00:01.000Z,1970-01-01T00:00:02.000Z,a,0,,
                        """);
        assertThat(written(new SeriesRows(QUERY, BY_FLOOR, CsvEncoder.SPREADSHEET), "-"))
                .contains("Z,,2,2.5,\"'=a,b\"\r\n");
    }
}
