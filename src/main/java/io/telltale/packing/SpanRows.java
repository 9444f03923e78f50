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

    private final List<PagedItems<PackableReading>> partitions;

    /**
     * @param firstPages of each partition, in order of time
     * @param next the page after a page; empty on the last one
     */
    SpanRows(
            List<Page<PackableReading>> firstPages,
            Function<Page<PackableReading>, Optional<Page<PackableReading>>> next) {
        this.partitions =
                firstPages.stream().map(first -> new PagedItems<>(first, next)).toList();
    }

    void forEach(Consumer<PackableReading> action) {
        for (Optional<String> sensor = lastSensor(); sensor.isPresent(); sensor = lastSensor()) {
            for (PagedItems<PackableReading> partition : partitions) {
                for (Optional<PackableReading> row = partition.current();
                        row.isPresent() && row.get().sensorId().value().equals(sensor.get());
                        row = partition.current()) {
                    partition.advance();
                    action.accept(row.get());
                }
            }
        }
    }

    private Optional<String> lastSensor() {
        return partitions.stream()
                .map(PagedItems::current)
                .flatMap(Optional::stream)
                .map(PackableReading::sensorId)
                .map(SensorId::value)
                .max(String::compareTo);
    }
}
