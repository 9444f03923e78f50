package io.telltale.wire;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Description;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.Decoded.Pack;
import io.telltale.wire.Decoded.Rejected;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One pack on its way to readings: entry after entry is read, completed by the base fields in force, and judged. */
final class SenMlBody implements JsonBody.Reader {

    /** What the version is where no entry says one, and the highest that is known. */
    private static final int VERSION = 10;

    private static final int FIRST_VERSION = 1;

    /** The mark of a field that may not be ignored. */
    private static final String MUST_BE_UNDERSTOOD = "_";

    /** What a sensor has one reading of. */
    private record Instant(SensorId sensorId, long millis) {}

    private final SensorType topicType;
    private final long recordTimeMillis;
    private final SenMlBase base = new SenMlBase();
    private final SortedMap<Integer, Accepted> good = new TreeMap<>();
    private final SortedMap<Integer, Rejected> bad = new TreeMap<>();
    private final Map<Instant, Integer> latest = new HashMap<>();
    private int version = VERSION;
    private int index;

    SenMlBody(SensorType topicType, long recordTimeMillis) {
        this.topicType = topicType;
        this.recordTimeMillis = recordTimeMillis;
    }

    @Override
    public Decoded read(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_ARRAY) {
            return JsonBody.malformed(
                    "body is %s; expected a SenML pack, a JSON array".formatted(JsonValue.found(json)));
        }
        for (index = 0; json.nextToken() != JsonToken.END_ARRAY; index++) {
            Rejected unreadable = readEntry(json);
            if (unreadable != null) {
                return unreadable;
            }
        }
        if (json.nextToken() != null) {
            return JsonBody.malformed(
                    "body goes on with %s after its end; expected one SenML pack".formatted(JsonValue.found(json)));
        }
        return index == 0 ? JsonBody.malformed("the pack is empty; expected at least one entry") : new Pack(good, bad);
    }

    /** Gives what makes the whole pack unreadable, if anything does. */
    private @Nullable Rejected readEntry(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            bad.put(index, JsonBody.malformed("it is %s; expected an object".formatted(JsonValue.found(json))));
            json.skipChildren();
            return null;
        }
        SenMlEntry entry = new SenMlEntry(index);
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            SenMlLabel label = SenMlLabel.named(name);
            if (label == null && name.endsWith(MUST_BE_UNDERSTOOD)) {
                return unreadable("%s is there and must be understood; expected only fields of RFC 8428"
                        .formatted(Excerpt.of(name)));
            }
            if (label != null) {
                if (!entry.see(label)) {
                    return unreadable("%s is there twice; expected each field once".formatted(name));
                }
                entry.read(label, json);
            }
            json.skipChildren();
        }
        if (entry.version != null && !isVersion(entry.version)) {
            return unreadable("bver is not the version of the pack; expected the same everywhere, from %d to %d"
                    .formatted(FIRST_VERSION, VERSION));
        }
        base.update(entry);
        put(judge(entry));
        return null;
    }

    private Rejected unreadable(String what) {
        return JsonBody.malformed("in entry %d %s".formatted(index, what));
    }

    /** The first entry may say the version of all; a later one can only repeat it. */
    private boolean isVersion(int said) {
        if (index == 0 && said >= FIRST_VERSION && said <= VERSION) {
            version = said;
        }
        return said == version;
    }

    private void put(Decoded verdict) {
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

    /** Judges in the order of the contract's table: id, timestamp, value, unit. */
    private Decoded judge(SenMlEntry entry) {
        Rejected fault = fault(SenMlLabel.BASE_NAME, SenMlLabel.NAME, entry);
        if (fault != null) {
            return fault;
        }
        String name = base.nameOf(entry);
        if (!SensorId.isValid(name)) {
            return name.isEmpty()
                    ? new Rejected(
                            Rejection.MISSING_FIELD, "name is missing, bn and n alike; expected " + SensorId.FORM)
                    : new Rejected(
                            Rejection.INVALID_SENSOR_ID,
                            "name is '%s', bn and n together; expected %s".formatted(Excerpt.of(name), SensorId.FORM));
        }

        fault = fault(SenMlLabel.BASE_TIME, SenMlLabel.TIME, entry);
        if (fault != null) {
            return fault;
        }
        BigDecimal seconds = base.timeOf(entry);
        long millis = SenMlTime.millis(seconds, recordTimeMillis);
        if (millis == Rfc3339.INVALID) {
            return new Rejected(
                    Rejection.INVALID_TIMESTAMP,
                    "time is %s s, bt and t together%s; expected %s"
                            .formatted(Excerpt.of(seconds.toString()), SenMlTime.doubt(seconds), SenMlTime.FORM));
        }
        if (millis - ReadingDecoder.MAX_AHEAD_MILLIS > recordTimeMillis) {
            return new Rejected(
                    Rejection.TIMESTAMP_IN_FUTURE,
                    "time is %s s, bt and t together, %d ms after the record time %d; expected at most %d ms after it"
                            .formatted(
                                    Excerpt.of(seconds.toString()),
                                    millis - recordTimeMillis,
                                    recordTimeMillis,
                                    ReadingDecoder.MAX_AHEAD_MILLIS));
        }

        fault = valueFault(entry);
        if (fault != null) {
            return fault;
        }
        fault = entry.unit == null ? fault(SenMlLabel.BASE_UNIT, SenMlLabel.UNIT, entry) : entry.fault(SenMlLabel.UNIT);
        if (fault != null) {
            return fault;
        }
        return new Accepted(
                new Reading(new SensorId(name), topicType, millis, requireNonNull(entry.value, "value")),
                Description.of(base.unitOf(entry), null));
    }

    private @Nullable Rejected valueFault(SenMlEntry entry) {
        if (entry.hasNumber()) {
            Rejected fault = base.fault(SenMlLabel.BASE_VALUE);
            if (fault != null) {
                return fault;
            }
            JsonNumber baseValue = base.value();
            if (baseValue != null) {
                entry.add(baseValue);
            }
        }
        return entry.valueFault();
    }

    /** What is wrong with a field of an entry, or with the base field that it counts from. */
    private @Nullable Rejected fault(SenMlLabel baseLabel, SenMlLabel label, SenMlEntry entry) {
        Rejected fault = entry.fault(label);
        return fault == null ? base.fault(baseLabel) : fault;
    }
}
