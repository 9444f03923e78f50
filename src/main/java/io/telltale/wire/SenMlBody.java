package io.telltale.wire;

import com.fasterxml.jackson.core.JsonParser;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Pack;
import io.telltale.wire.DecodeResult.Rejected;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Decodes one pack. All entries have the same record time, so the last of several for one instant wins. */
final class SenMlBody implements JsonBody.Reader {

    /** The identity of a reading. */
    private record Instant(SensorId sensorId, long millis) {}

    private final SenMlEntries entries;
    private final SortedMap<Integer, Accepted> good = new TreeMap<>();
    private final SortedMap<Integer, Rejected> bad = new TreeMap<>();
    private final Map<Instant, Integer> latest = new HashMap<>();

    SenMlBody(SensorType topicType, long recordTimeMillis) {
        this.entries = new SenMlEntries(topicType, recordTimeMillis);
    }

    @Override
    public DecodeResult read(JsonParser json) throws IOException {
        Rejected noPack = entries.open(json);
        if (noPack != null) {
            return noPack;
        }
        int index = 0;
        try {
            for (DecodeResult verdict = entries.next(json); verdict != null; verdict = entries.next(json)) {
                put(index++, verdict);
            }
        } catch (UnreadablePackException e) {
            return JsonBody.malformed(String.valueOf(e.getMessage()));
        }
        return index == 0 ? JsonBody.malformed("the pack is empty; expected at least one entry") : new Pack(good, bad);
    }

    private void put(int index, DecodeResult verdict) {
        if (verdict instanceof Accepted accepted) {
            Reading reading = accepted.reading();
            Integer replaced = latest.put(new Instant(reading.sensorId(), reading.timestampMillis()), index);
            if (replaced != null) {
                good.remove(replaced);
            }
            good.put(index, accepted);
        } else if (verdict instanceof Rejected rejected) {
            bad.put(index, rejected);
        }
    }
}
