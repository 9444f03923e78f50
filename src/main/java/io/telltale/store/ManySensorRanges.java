package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.ReadingStore.SensorReading;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The readings of many sensors in a range, sensor after sensor.
 *
 * <p>There are two ways. One asks for each sensor by itself, some ahead of the one that is given. The other asks each
 * partition once for all sensors of a batch that lie in it, which saves requests, and holds all readings of the batch. It is
 * taken where a range has few buckets and a sensor has so few readings in it that requests are what it would cost: batches
 * are made as large as what was read before lets them be, and where that is not many sensors the rest is read one by one.
 */
@Singleton
public class ManySensorRanges {

    /** So many sensors are asked for at once, ahead of the one that is given. */
    static final int SENSORS_AHEAD = 16;

    /** So many readings of a sensor are read ahead; the others follow when they are due. */
    static final int READINGS_AHEAD = 1_000;

    /** The same in characters of texts, of which a page more may be read. */
    static final long CHARACTERS_AHEAD = 64 << 10;

    /** What is held of a batch; another is on its way while it is given. */
    static final int MOST_READINGS_TOGETHER = 8_000;

    private static final int FEWEST_SENSORS_TOGETHER = 16;
    private static final int MOST_SENSORS_TOGETHER = 256;
    private static final long MOST_CHARACTERS_TOGETHER = 1 << 20;
    private static final int PARTITIONS_AT_ONCE = 8;
    private static final int PAGE_ROWS = 1_000;

    private final ReadingStore readings;
    private final Layouts layouts;
    private final DeletionLog deletions;

    /** Some readings of a sensor, in order of time. */
    public record SensorReadings(SensorId sensorId, List<StoredReading> readings) {}

    @Inject
    ManySensorRanges(ReadingStore readings, Layouts layouts, DeletionLog deletions) {
        this.readings = readings;
        this.layouts = layouts;
        this.deletions = deletions;
    }

    /**
     * The readings of sensors in {@code [fromMillis, toMillis)}, in the order of the sensors and then of time, in portions as
     * they are asked for, small ones together. Bounded memory, whatever the range and the sensors.
     *
     * @param sensors each once
     * @return fails with {@link StoreUnavailableException} when Cassandra cannot answer at that level
     */
    public Multi<List<SensorReadings>> read(
            List<Sensor> sensors, long fromMillis, long toMillis, Consistency consistency) {
        Asked asked = new Asked(fromMillis, toMillis, consistency);
        return Multi.createFrom()
                .deferred(() -> {
                    Rest rest = new Rest(sensors);
                    return Concatenation.repeated(() -> rest.next(asked), Step::isMore);
                })
                // While a batch is given the next one is read, and waits.
                .emitOn(Runnable::run, 1)
                .plug(Concatenation.streams(Step::portions));
    }

    private record Asked(long fromMillis, long toMillis, Consistency consistency) {}

    /** What is given next. */
    private record Step(Multi<List<SensorReadings>> portions, boolean isMore) {}

    /** The sensors that are still to be read. */
    private final class Rest {
        private List<Sensor> sensors;
        private int sensorsTogether = FEWEST_SENSORS_TOGETHER;

        Rest(List<Sensor> sensors) {
            this.sensors = sensors;
        }

        Uni<Step> next(Asked asked) {
            if (sensorsTogether < FEWEST_SENSORS_TOGETHER) {
                return Uni.createFrom().item(new Step(oneByOne(sensors, asked), false));
            }
            List<Sensor> batch = sensors.subList(0, Math.min(sensorsTogether, sensors.size()));
            sensors = sensors.subList(batch.size(), sensors.size());
            return gather(batch, asked).map(gathered -> {
                sensorsTogether = gathered.sensorsNextTime(batch.size());
                return new Step(portions(batch, gathered, asked), !sensors.isEmpty());
            });
        }
    }

    /** All of them in the one way. */
    Multi<List<SensorReadings>> oneByOne(
            List<Sensor> sensors, long fromMillis, long toMillis, Consistency consistency) {
        return oneByOne(sensors, new Asked(fromMillis, toMillis, consistency));
    }

    /** All of them in the other way, as one batch, as far as that goes. */
    Multi<List<SensorReadings>> together(
            List<Sensor> sensors, long fromMillis, long toMillis, Consistency consistency) {
        Asked asked = new Asked(fromMillis, toMillis, consistency);
        return gather(sensors, asked).onItem().transformToMulti(gathered -> portions(sensors, gathered, asked));
    }

    private Multi<List<SensorReadings>> oneByOne(List<Sensor> sensors, Asked asked) {
        return ReadAhead.inOrder(sensors, SENSORS_AHEAD, sensor -> beginning(sensor, asked))
                .plug(Concatenation.streams(beginning -> whole(beginning, asked)))
                .map(List::of);
    }

    private Uni<Beginning> beginning(Sensor sensor, Asked asked) {
        return Uni.createFrom().item(() -> new Beginning(sensor)).call(beginning -> readings.range(
                        sensor, asked.fromMillis, asked.toMillis, Order.ASC, READINGS_AHEAD, asked.consistency)
                .invoke(beginning::add)
                .select()
                .first(page -> !beginning.isEnough())
                .collect()
                .last());
    }

    /** The beginning of a sensor's readings in a range; all of them if they are fewer than are read ahead. */
    private static final class Beginning {
        private final Sensor sensor;
        private final List<StoredReading> readings = new ArrayList<>();
        private long characters;

        Beginning(Sensor sensor) {
            this.sensor = sensor;
        }

        void add(List<StoredReading> page) {
            readings.addAll(page);
            for (StoredReading reading : page) {
                characters += reading.value().characters();
            }
        }

        boolean isEnough() {
            return readings.size() >= READINGS_AHEAD || characters > CHARACTERS_AHEAD;
        }
    }

    /** What was read ahead, and then the rest. */
    private Multi<SensorReadings> whole(Beginning beginning, Asked asked) {
        List<StoredReading> first = beginning.readings;
        Sensor sensor = beginning.sensor;
        if (first.isEmpty()) {
            return Multi.createFrom().empty();
        }
        Multi<SensorReadings> begun = Multi.createFrom().item(new SensorReadings(sensor.id(), first));
        if (!beginning.isEnough()) {
            return begun;
        }
        long lastMillis = first.get(first.size() - 1).timestampMillis();
        Multi<SensorReadings> rest = readings.range(
                        sensor, lastMillis + 1, asked.toMillis, Order.ASC, Long.MAX_VALUE, asked.consistency)
                .map(page -> new SensorReadings(sensor.id(), page));
        return Concatenation.of(List.of(begun, rest));
    }

    /** What was gathered; those of whom it is not all are read one by one where it is their turn. */
    private Multi<List<SensorReadings>> portions(List<Sensor> batch, Gathered gathered, Asked asked) {
        List<Multi<List<SensorReadings>>> runs = new ArrayList<>();
        for (int at = 0; at < batch.size(); ) {
            boolean isWhole = gathered.isWhole(batch.get(at).id());
            int end = at + 1;
            while (end < batch.size() && gathered.isWhole(batch.get(end).id()) == isWhole) {
                end++;
            }
            List<Sensor> run = batch.subList(at, end);
            runs.add(isWhole ? Multi.createFrom().item(gathered.portions(run)) : oneByOne(run, asked));
            at = end;
        }
        return Concatenation.of(runs);
    }

    /** Reads all partitions in which some of these sensors lie, each once, as long as that is not too much. */
    private Uni<Gathered> gather(List<Sensor> batch, Asked asked) {
        return deletions.known(asked.consistency).chain(known -> layoutsOf(batch, asked)
                .chain(byType -> gather(batch, asked, known, byType)));
    }

    private Uni<Gathered> gather(List<Sensor> batch, Asked asked, Deletions known, Map<SensorType, Layout> byType) {
        Gathered gathered = new Gathered();
        Map<ReadingPartition, List<SensorId>> partitions = new LinkedHashMap<>();
        for (Sensor sensor : batch) {
            // Write times would tell what a deletion hides; they are not asked for here.
            if (known.of(sensor.id(), asked.fromMillis, asked.toMillis).isEmpty()) {
                Objects.requireNonNull(byType.get(sensor.type()))
                        .partitionsIfFew(sensor.id(), asked.fromMillis, asked.toMillis, BucketIndex.FEW)
                        .ifPresent(few -> {
                            gathered.expect(sensor.id(), few.size());
                            few.forEach(partition -> partitions
                                    .computeIfAbsent(partition, first -> new ArrayList<>())
                                    .add(sensor.id()));
                        });
            }
        }
        return Multi.createFrom()
                .iterable(partitions.entrySet())
                .onItem()
                .transformToUni(partition -> read(partition.getKey(), partition.getValue(), asked, gathered))
                .merge(PARTITIONS_AT_ONCE)
                .collect()
                .last()
                .replaceWith(gathered);
    }

    private Uni<Map<SensorType, Layout>> layoutsOf(List<Sensor> batch, Asked asked) {
        return Multi.createFrom()
                .iterable(batch.stream().map(Sensor::type).collect(Collectors.toSet()))
                .plug(Concatenation.unis(type -> layouts.toRead(type, asked.toMillis, asked.consistency)))
                .collect()
                .asMap(Layout::type);
    }

    private Uni<Void> read(ReadingPartition partition, List<SensorId> ids, Asked asked, Gathered gathered) {
        return gathered.isTooMuch()
                ? Uni.createFrom().voidItem()
                : readings.ofNeighbours(
                                partition,
                                ids,
                                asked.fromMillis,
                                asked.toMillis,
                                Integer.MAX_VALUE,
                                PAGE_ROWS,
                                asked.consistency)
                        .invoke(gathered::add)
                        .select()
                        .first(page -> !gathered.isTooMuch())
                        .collect()
                        .last()
                        .invoke(last -> gathered.isRead(ids))
                        .replaceWithVoid();
    }

    /** The readings of a batch; once they are too many the reading ends. For several threads, but one after another's page. */
    private static final class Gathered {
        private final Map<SensorId, List<StoredReading>> bySensor = new HashMap<>();
        private final Map<SensorId, Integer> unread = new HashMap<>();
        private long readings;
        private long characters;

        /** Of whom nothing is expected, nothing is gathered. */
        void expect(SensorId sensorId, int partitions) {
            bySensor.put(sensorId, new ArrayList<>());
            unread.put(sensorId, partitions);
        }

        synchronized void add(List<SensorReading> page) {
            readings += page.size();
            for (SensorReading found : page) {
                Objects.requireNonNull(bySensor.get(found.sensorId())).add(found.reading());
                characters += found.reading().value().characters();
            }
        }

        synchronized boolean isTooMuch() {
            return readings > MOST_READINGS_TOGETHER || characters > MOST_CHARACTERS_TOGETHER;
        }

        /** These were read in one more of their partitions, unless that was broken off. */
        synchronized void isRead(List<SensorId> ids) {
            if (!isTooMuch()) {
                ids.forEach(id -> unread.merge(id, -1, Integer::sum));
            }
        }

        synchronized boolean isWhole(SensorId sensorId) {
            return unread.getOrDefault(sensorId, 1) == 0;
        }

        synchronized List<SensorReadings> portions(List<Sensor> sensors) {
            return sensors.stream()
                    .map(sensor -> new SensorReadings(sensor.id(), Objects.requireNonNull(bySensor.get(sensor.id()))))
                    .filter(portion -> !portion.readings().isEmpty())
                    .peek(portion -> portion.readings().sort(Comparator.comparingLong(StoredReading::timestampMillis)))
                    .toList();
        }

        /** As many as had half of what may be held, going by these; nothing where none of these could be gathered. */
        synchronized int sensorsNextTime(int sensors) {
            if (unread.isEmpty()) {
                return 0;
            }
            long fitting = MOST_READINGS_TOGETHER / 2L * sensors / Math.max(1, readings);
            return (int) Math.min(Math.min(fitting, 4L * sensors), MOST_SENSORS_TOGETHER);
        }
    }
}
