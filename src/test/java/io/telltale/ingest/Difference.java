package io.telltale.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;

/** Compares the stored readings of a sensor with those sent. */
final class Difference {

    private static final int NAMED = 5;

    private Difference() {}

    /**
     * Describes the difference in a sentence; empty if there is none.
     *
     * @param sent by epoch millisecond, the readings that must be stored
     * @param unsettled readings that may be stored, also instead of one that was sent
     * @param answered the stored readings
     */
    static Optional<String> between(
            NavigableMap<Long, Value> sent,
            NavigableMap<Long, Set<Value>> unsettled,
            NavigableMap<Long, Value> answered) {
        List<String> lost = new ArrayList<>();
        List<String> other = new ArrayList<>();
        List<String> neverSent = new ArrayList<>();
        sent.forEach((millis, value) -> {
            Value there = answered.get(millis);
            if (there == null) {
                lost.add(reading(millis, value));
            } else if (!there.equals(value) && !mayBe(unsettled, millis, there)) {
                other.add(reading(millis, there) + " for " + value);
            }
        });
        answered.forEach((millis, value) -> {
            if (!sent.containsKey(millis) && !mayBe(unsettled, millis, value)) {
                neverSent.add(reading(millis, value));
            }
        });
        if (lost.isEmpty() && other.isEmpty() && neverSent.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("%s sent, %s answered: lost %s, of another value %s, never sent %s"
                .formatted(sum(sent), sum(answered), some(lost), some(other), some(neverSent)));
    }

    private static boolean mayBe(NavigableMap<Long, Set<Value>> unsettled, long millis, Value value) {
        return unsettled.getOrDefault(millis, Set.of()).contains(value);
    }

    private static String sum(NavigableMap<Long, Value> readings) {
        CRC32 checksum = new CRC32();
        for (Map.Entry<Long, Value> reading : readings.entrySet()) {
            checksum.update(
                    "%d=%s\n".formatted(reading.getKey(), reading.getValue()).getBytes(UTF_8));
        }
        return "%d readings with checksum %08x".formatted(readings.size(), checksum.getValue());
    }

    private static String reading(long millis, Value value) {
        return Instant.ofEpochMilli(millis) + "=" + value;
    }

    private static String some(List<String> readings) {
        return readings.size() <= NAMED
                ? readings.toString()
                : "%s and %d more".formatted(readings.subList(0, NAMED), readings.size() - NAMED);
    }
}
