package io.telltale.segment;

import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.List;

/** A reading as a plain value, to compare with. */
public record Row(
        long sensor,
        long timestampMillis,
        Value value,
        long recordTimeMillis,
        long originPosition,
        int originEpoch,
        long expirySecond)
        implements SegmentReading {

    static Row copyOf(SegmentReading reading) {
        return new Row(
                reading.sensor(),
                reading.timestampMillis(),
                reading.value(),
                reading.recordTimeMillis(),
                reading.originPosition(),
                reading.originEpoch(),
                reading.expirySecond());
    }

    static List<Row> all(ReadingCursor cursor) {
        List<Row> rows = new ArrayList<>();
        while (cursor.next()) {
            rows.add(copyOf(cursor));
        }
        return rows;
    }

    static byte[] segment(SegmentWriter writer, List<Row> rows) {
        rows.forEach(writer::add);
        return writer.finish();
    }

    /** A cursor over rows. */
    static ReadingCursor cursor(List<Row> rows) {
        return new ReadingCursor() {
            private int index = -1;

            @Override
            public boolean next() {
                return ++index < rows.size();
            }

            @Override
            public long sensor() {
                return rows.get(index).sensor();
            }

            @Override
            public long timestampMillis() {
                return rows.get(index).timestampMillis();
            }

            @Override
            public Value value() {
                return rows.get(index).value();
            }

            @Override
            public long recordTimeMillis() {
                return rows.get(index).recordTimeMillis();
            }

            @Override
            public long originPosition() {
                return rows.get(index).originPosition();
            }

            @Override
            public int originEpoch() {
                return rows.get(index).originEpoch();
            }

            @Override
            public long expirySecond() {
                return rows.get(index).expirySecond();
            }
        };
    }
}
