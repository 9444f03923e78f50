package io.telltale.store;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A snapshot of all deletions. */
public final class Deletions {

    static final Deletions NONE = new Deletions(List.of());

    private final Map<SensorId, List<Deletion>> bySensor;
    private final int size;
    private final long newestMillis;
    private final Map<SensorId, Long> shreddedAtMillis;

    Deletions(List<Deletion> all) {
        this.bySensor = all.stream().collect(Collectors.groupingBy(Deletion::sensorId));
        this.size = all.size();
        this.newestMillis =
                all.stream().mapToLong(Deletion::deletedAtMillis).max().orElse(Long.MIN_VALUE);
        this.shreddedAtMillis = all.stream()
                .filter(Deletion::isShredding)
                .collect(Collectors.toUnmodifiableMap(Deletion::sensorId, Deletion::deletedAtMillis, Math::max));
    }

    /** The time of the last shredding of each sensor that was shredded. */
    Map<SensorId, Long> shreddings() {
        return shreddedAtMillis;
    }

    /** The sensors whose deletions are not those of an earlier snapshot. */
    List<SensorId> changedSince(Deletions before) {
        return bySensor.entrySet().stream()
                .filter(ofSensor -> !ofSensor.getValue().equals(before.of(ofSensor.getKey())))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a reading is deleted. A record newer than all deletions, the common case, costs one comparison. */
    public boolean cover(Reading reading, long recordTimeMillis) {
        return recordTimeMillis <= newestMillis
                && of(reading.sensorId()).stream()
                        .anyMatch(deletion -> deletion.covers(reading.timestampMillis(), recordTimeMillis));
    }

    List<Deletion> of(SensorId sensorId) {
        return bySensor.getOrDefault(sensorId, List.of());
    }

    /** The deletions that may cover readings of a sensor in {@code [fromMillis, toMillis)}; usually none. */
    List<Deletion> of(SensorId sensorId, long fromMillis, long toMillis) {
        List<Deletion> ofSensor = of(sensorId);
        return ofSensor.isEmpty()
                ? ofSensor
                : ofSensor.stream()
                        .filter(deletion -> deletion.overlaps(fromMillis, toMillis))
                        .toList();
    }

    /** These and others, without duplicates. */
    Deletions and(List<Deletion> others) {
        return new Deletions(Stream.concat(bySensor.values().stream().flatMap(List::stream), others.stream())
                .distinct()
                .toList());
    }

    int size() {
        return size;
    }
}
