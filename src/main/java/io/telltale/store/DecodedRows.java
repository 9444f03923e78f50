package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.store.SealedReadings.SealedCell;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The readings of a page of rows. The only place where rows become readings, so the only one where values are opened.
 */
final class DecodedRows {

    private final List<StoredReading> readings;

    /** The sealed ones among them; usually none. */
    private List<SealedCell> sealed = List.of();

    DecodedRows(int rows) {
        this.readings = new ArrayList<>(rows);
    }

    void add(SensorId sensorId, long timestampMillis, ByteBuffer cell) {
        if (ReadingCell.isSealed(cell)) {
            if (sealed.isEmpty()) {
                sealed = new ArrayList<>();
            }
            sealed.add(new SealedCell(readings.size(), sensorId, timestampMillis, cell));
        }
        readings.add(new StoredReading(timestampMillis, ReadingCell.value(cell), ReadingCell.origin(cell)));
    }

    /** The readings in their order, with the values that could be opened. */
    Uni<List<StoredReading>> opened(SealedReadings opener) {
        return sealed.isEmpty()
                ? Uni.createFrom().item(readings)
                : opener.values(sealed).map(values -> {
                    for (int i = 0; i < values.size(); i++) {
                        replace(sealed.get(i).index(), values.get(i));
                    }
                    return readings;
                });
    }

    private void replace(int index, Value value) {
        StoredReading unopened = readings.get(index);
        readings.set(index, new StoredReading(unopened.timestampMillis(), value, unopened.origin()));
    }
}
