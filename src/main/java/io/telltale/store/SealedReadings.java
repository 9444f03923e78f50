package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sealing.DataKey;
import io.telltale.sealing.Envelope;
import io.telltale.sealing.KeyWrapping;
import io.telltale.sealing.SealedSensors;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.settings.RateLimitedLog;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Seals the values of sensitive sensors before they are written, and opens those that are read, whatever the setting is
 * now. The only class that turns rows into readings does so through it ({@link DecodedRows}).
 */
@Singleton
public class SealedReadings {

    private static final Logger log = Logger.getLogger(SealedReadings.class);
    private static final RateLimitedLog DAMAGED = new RateLimitedLog(log, Logger.Level.ERROR);
    private static final int CONCURRENT_SENSORS = 64;

    private final SealedSensors sealed;
    private final SensorKeys keys;
    private final SensorRegistry sensors;

    /** A sealed cell, and where its value belongs in a list of readings. */
    record SealedCell(int index, SensorId sensorId, long timestampMillis, ByteBuffer cell) {

        int keyId() {
            return Envelope.keyId(ReadingCell.content(cell));
        }

        private byte[] associatedData() {
            RecordOrigin origin = ReadingCell.origin(cell);
            return Envelope.associatedData(sensorId, timestampMillis, origin.position(), origin.epoch());
        }
    }

    @Inject
    SealedReadings(KeyWrapping wrapping, SensorKeys keys, SensorRegistry sensors) {
        this.sealed = wrapping.sealedSensors();
        this.keys = keys;
        this.sensors = sensors;
    }

    /** Whether values of some sensors are sealed. */
    boolean isNeeded() {
        return !sealed.isEmpty();
    }

    /** The cells to write for some rows: those of sensitive sensors are sealed. Completes when their keys are known. */
    Uni<IntFunction<ByteBuffer>> cells(SensorType type, RowBatch rows) {
        return !isNeeded()
                ? Uni.createFrom().item(rows::cellBytes)
                : sealedSensors(type, rows)
                        .chain(ids -> keysOf(ids))
                        .map(found -> found.isEmpty()
                                ? rows::cellBytes
                                : row -> cell(rows, row, found.get(rows.sensorId(row))));
    }

    private Uni<Set<SensorId>> sealedSensors(SensorType type, RowBatch rows) {
        Set<SensorId> ids = new LinkedHashSet<>();
        for (int row = 0; row < rows.size(); row++) {
            ids.add(rows.sensorId(row));
        }
        if (sealed.hasType(type)) {
            return Uni.createFrom().item(ids);
        }
        Set<SensorId> chosen = ids.stream().filter(sealed::hasSensor).collect(Collectors.toCollection(HashSet::new));
        if (!sealed.hasSites()) {
            return Uni.createFrom().item(chosen);
        }
        // Registered before their readings are written, so usually cached. If it is gone, its site is unknown.
        return Multi.createFrom()
                .iterable(ids)
                .filter(id -> !chosen.contains(id))
                .onItem()
                .transformToUni(id -> sensors.findCurrent(id)
                        .map(found -> found.map(this::isAtSealedSite).orElse(true)
                                ? Optional.of(id)
                                : Optional.<SensorId>empty()))
                .merge(CONCURRENT_SENSORS)
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .in(() -> chosen, Set::add);
    }

    private boolean isAtSealedSite(Sensor sensor) {
        return sealed.hasSite(sensor.description().site());
    }

    private Uni<Map<SensorId, DataKey>> keysOf(Set<SensorId> ids) {
        return Multi.createFrom()
                .iterable(ids)
                .onItem()
                .transformToUni(id -> keys.toSeal(id).map(key -> Map.entry(id, key)))
                .merge(CONCURRENT_SENSORS)
                .collect()
                .asMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    private static ByteBuffer cell(RowBatch rows, int row, @Nullable DataKey key) {
        ByteBuffer plain = rows.cellBytes(row);
        return key == null ? plain : seal(rows.sensorId(row), rows.timestampMillis(row), plain, key);
    }

    /** Seals a cell: its origin stays, because the winner of two records is decided by it. */
    static ByteBuffer seal(SensorId sensorId, long timestampMillis, ByteBuffer plain, DataKey key) {
        RecordOrigin origin = ReadingCell.origin(plain);
        return ReadingCell.sealed(
                origin,
                Envelope.seal(
                        key,
                        ReadingCell.kindAndContent(plain),
                        Envelope.associatedData(sensorId, timestampMillis, origin.position(), origin.epoch())));
    }

    /** The values of sealed cells, in their order. What cannot be opened is {@link Value.Unavailable}. */
    Uni<List<Value>> values(List<SealedCell> cells) {
        Map<SensorId, Set<Integer>> keyIds = new HashMap<>();
        cells.forEach(cell ->
                keyIds.computeIfAbsent(cell.sensorId(), id -> new HashSet<>()).add(cell.keyId()));
        return Multi.createFrom()
                .iterable(keyIds.entrySet())
                .onItem()
                .transformToUni(
                        ids -> keys.toOpen(ids.getKey(), ids.getValue()).map(found -> Map.entry(ids.getKey(), found)))
                .merge(CONCURRENT_SENSORS)
                .collect()
                .asMap(Map.Entry::getKey, Map.Entry::getValue)
                .map(found -> cells.stream()
                        .map(cell -> open(
                                cell,
                                Optional.ofNullable(found.get(cell.sensorId()))
                                        .map(ofSensor -> ofSensor.get(cell.keyId()))))
                        .toList());
    }

    private static Value open(SealedCell cell, Optional<DataKey> key) {
        if (key.isEmpty()) {
            return Value.Unavailable.KEY_UNAVAILABLE;
        }
        byte[] opened = Envelope.open(key.get(), ReadingCell.content(cell.cell()), cell.associatedData());
        if (opened == null) {
            DAMAGED.say("A sealed value is damaged, or was moved from another reading: sensor=%s timestamp=%d"
                    .formatted(cell.sensorId(), cell.timestampMillis()));
            return Value.Unavailable.DAMAGED;
        }
        return ReadingCell.valueOf(ByteBuffer.wrap(opened));
    }
}
