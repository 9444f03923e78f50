package io.telltale.packing;

import io.telltale.sensors.SensorId;
import io.telltale.store.PackableReading;
import io.telltale.store.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The rows of several partitions, sensor by sensor in descending order, and each sensor's in order of time. The
 * partitions have that order, so a page of each is enough.
 */
final class SpanRows {

    private final List<Rows> partitions;

    /** The rows of one partition. */
    private static final class Rows {
        private final Function<Page<PackableReading>, Optional<Page<PackableReading>>> next;
        private Page<PackableReading> page;
        private int at;

        Rows(Page<PackableReading> first, Function<Page<PackableReading>, Optional<Page<PackableReading>>> next) {
            this.page = first;
            this.next = next;
        }

        /** The current row; empty at the end. */
        Optional<PackableReading> row() {
            while (at == page.items().size()) {
                Optional<Page<PackableReading>> following = next.apply(page);
                if (following.isEmpty()) {
                    return Optional.empty();
                }
                page = following.get();
                at = 0;
            }
            return Optional.of(page.items().get(at));
        }
    }

    /**
     * @param firstPages of each partition, in order of time
     * @param next the page after a page; empty on the last one
     */
    SpanRows(
            List<Page<PackableReading>> firstPages,
            Function<Page<PackableReading>, Optional<Page<PackableReading>>> next) {
        this.partitions =
                firstPages.stream().map(first -> new Rows(first, next)).toList();
    }

    void forEach(Consumer<PackableReading> action) {
        for (Optional<String> sensor = lastSensor(); sensor.isPresent(); sensor = lastSensor()) {
            for (Rows partition : partitions) {
                for (Optional<PackableReading> row = partition.row();
                        row.isPresent() && row.get().sensorId().value().equals(sensor.get());
                        row = partition.row()) {
                    partition.at++;
                    action.accept(row.get());
                }
            }
        }
    }

    private Optional<String> lastSensor() {
        return partitions.stream()
                .map(Rows::row)
                .flatMap(Optional::stream)
                .map(PackableReading::sensorId)
                .map(SensorId::value)
                .max(String::compareTo);
    }
}
