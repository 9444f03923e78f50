package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.Order;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * What every source of readings must give, alone and merged: what was written, in any range, order and number. Of
 * records for one instant the winner, without deleted readings.
 */
public final class SourceContract {

    private static final long HOUR = 3_600_000;

    private final Random random;
    private final Sensor sensor;
    private final long startMillis;
    private final TreeMap<Long, RecordedReading> winners = new TreeMap<>();
    private long offset;

    /** A way to read the sensor's readings. */
    public interface Source {
        List<StoredReading> range(long fromMillis, long toMillis, Order order, long limit);
    }

    /** @param startMillis the start of twelve hours of readings */
    public SourceContract(Sensor sensor, long startMillis, Random random) {
        this.random = random;
        this.sensor = sensor;
        this.startMillis = startMillis;
    }

    /** Records to be written: few instants, so that they compete; most in the first four hours. */
    public List<RecordedReading> records(int count) {
        List<RecordedReading> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long millis = startMillis + random.nextInt(i % 3 == 0 ? 43_200 : 14_400) * 1_000L;
            records.add(new RecordedReading(
                    new Reading(sensor.id(), sensor.type(), millis, value()),
                    new RecordOrigin(1, random.nextInt(2), offset++),
                    startMillis + random.nextInt(50)));
        }
        records.forEach(record -> winners.merge(
                record.reading().timestampMillis(),
                record,
                (one, other) -> Comparator.comparingLong(RecordedReading::recordTimeMillis)
                                        .thenComparing(RecordedReading::origin)
                                        .compare(one, other)
                                > 0
                        ? one
                        : other));
        return records;
    }

    private Value value() {
        return switch (random.nextInt(4)) {
            case 0 -> Value.Flag.of(random.nextBoolean());
            case 1 -> new Value.Text("text " + random.nextInt(5));
            default -> new Value.Numeric(random.nextInt(1_000) / 10.0);
        };
    }

    /** A deletion of some of the records so far, which the caller makes known. */
    public Deletion deletion() {
        Deletion deletion =
                new Deletion(sensor.id(), startMillis + 20, startMillis + HOUR, startMillis + HOUR + HOUR / 4);
        winners.values()
                .removeIf(record -> deletion.covers(record.reading().timestampMillis(), record.recordTimeMillis()));
        return deletion;
    }

    /** Checks that each source gives the same as a plain list. */
    public void check(Source... sources) {
        List<StoredReading> all = winners.values().stream()
                .map(record -> new StoredReading(
                        record.reading().timestampMillis(), record.reading().value(), record.origin()))
                .toList();
        for (int round = 0; round < 60; round++) {
            long from = startMillis + random.nextInt(4 * 13) * HOUR / 4 - HOUR + random.nextInt(3);
            long to = round % 5 == 0 ? from + 13 * HOUR : from + random.nextInt(12 * 3_600) * 1_000L;
            Order order = random.nextBoolean() ? Order.ASC : Order.DESC;
            long limit = new long[] {1, 7, 1_000, 100_000}[random.nextInt(4)];
            List<StoredReading> expected = new ArrayList<>(all.stream()
                    .filter(reading -> reading.timestampMillis() >= from && reading.timestampMillis() < to)
                    .toList());
            if (order == Order.DESC) {
                Collections.reverse(expected);
            }
            for (int source = 0; source < sources.length; source++) {
                assertThat(sources[source].range(from, to, order, limit))
                        .as("source=%d from=%d to=%d %s limit=%d", source, from, to, order, limit)
                        .isEqualTo(expected.subList(0, (int) Math.min(limit, expected.size())));
            }
        }
    }
}
