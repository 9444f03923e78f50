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

/** How the readings that a sensor is said to have differ from those it should have. */
final class Difference {

    private static final int NAMED = 5;

    private Difference() {}

    /**
     * What differs, in a sentence; empty if nothing does.
     *
     * @param sent by epoch millisecond, what has to be there
     * @param unsettled what may be there, also in the place of what was sent
     * @param answered what is there
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
