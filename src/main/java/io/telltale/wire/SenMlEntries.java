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
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Iterates over the entries of one pack: reads each, adds the current base fields, and validates it. */
final class SenMlEntries {

    /** The default version, and the highest known one. */
    private static final int VERSION = 10;

    private static final int FIRST_VERSION = 1;

    /** The suffix of fields that must be understood. */
    private static final String MUST_BE_UNDERSTOOD = "_";

    private final SensorType topicType;
    private final long recordTimeMillis;
    private final SenMlBase base = new SenMlBase();
    /** All members of the current entry, also unknown ones. */
    private final FoundNames names = new FoundNames();

    private int version = VERSION;
    private int index;

    SenMlEntries(SensorType topicType, long recordTimeMillis) {
        this.topicType = topicType;
        this.recordTimeMillis = recordTimeMillis;
    }

    /** Moves to the first entry. Returns the fault if the body is no pack. */
    @Nullable
    Rejected open(JsonParser json) throws IOException {
        return json.nextToken() == JsonToken.START_ARRAY
                ? null
                : JsonBody.malformed(
                        "body is %s; expected a SenML pack, a JSON array".formatted(JsonValue.found(json)));
    }

    /**
     * The result of the next entry; null after the last.
     *
     * @throws UnreadablePackException if the entry makes the whole pack unreadable
     */
    @Nullable
    DecodeResult next(JsonParser json) throws IOException, UnreadablePackException {
        JsonToken token = json.nextToken();
        if (token == JsonToken.END_ARRAY) {
            if (json.nextToken() != null) {
                throw new UnreadablePackException("body continues with %s after its end; expected one SenML pack"
                        .formatted(JsonValue.found(json)));
            }
            return null;
        }
        DecodeResult verdict = readEntry(json);
        index++;
        return verdict;
    }

    private DecodeResult readEntry(JsonParser json) throws IOException, UnreadablePackException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            Rejected noObject = JsonBody.malformed("it is %s; expected an object".formatted(JsonValue.found(json)));
            json.skipChildren();
            return noObject;
        }
        SenMlEntry entry = new SenMlEntry(index);
        names.clear();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            names.add(name, json.nextToken());
            SenMlLabel label = SenMlLabel.named(name);
            if (label == null && name.endsWith(MUST_BE_UNDERSTOOD)) {
                throw unreadable("%s is given and must be understood; expected only fields of RFC 8428"
                        .formatted(Excerpt.of(name)));
            }
            if (label != null) {
                if (!entry.see(label)) {
                    throw unreadable("%s is given twice; expected each field once".formatted(name));
                }
                entry.read(label, json);
            }
            json.skipChildren();
        }
        if (entry.version != null && !isVersion(entry.version)) {
            throw unreadable("bver is not the version of the pack; expected the same everywhere, from %d to %d"
                    .formatted(FIRST_VERSION, VERSION));
        }
        base.update(entry);
        return judge(entry);
    }

    private UnreadablePackException unreadable(String what) {
        return new UnreadablePackException("in entry %d %s".formatted(index, what));
    }

    /** The first entry may set the version of the pack; later entries can only repeat it. */
    private boolean isVersion(int declared) {
        if (index == 0 && declared >= FIRST_VERSION && declared <= VERSION) {
            version = declared;
        }
        return declared == version;
    }

    /** Validates in the order of the contract's table: id, timestamp, value. */
    private DecodeResult judge(SenMlEntry entry) {
        String name = base.nameOf(entry);
        BigDecimal seconds = base.timeOf(entry);
        long millis = SenMlTime.millis(seconds, recordTimeMillis);
        Rejected nameFault = nameFault(name, entry);
        Rejected timeFault = timeFault(seconds, millis, entry);
        Rejected valueFault = valueFault(entry);
        if (nameFault == null && timeFault == null && valueFault == null) {
            return new Accepted(
                    new Reading(new SensorId(name), topicType, millis, requireNonNull(entry.value, "value")),
                    Description.of(base.unitOf(entry), null),
                    List.copyOf(entry.dropped()));
        }
        List<Rejected> faults = Stream.of(nameFault, timeFault, valueFault)
                .filter(Objects::nonNull)
                .toList();
        Rejected rejected = Rejected.of(faults, entry.dropped());
        boolean isFieldMissing = faults.stream().anyMatch(fault -> fault.reason() == Rejection.MISSING_FIELD);
        return isFieldMissing ? rejected.with("; " + names) : rejected;
    }

    private @Nullable Rejected nameFault(String name, SenMlEntry entry) {
        Rejected fault = fault(SenMlLabel.BASE_NAME, SenMlLabel.NAME, entry);
        if (fault != null || SensorId.isValid(name)) {
            return fault;
        }
        return name.isEmpty()
                ? new Rejected(Rejection.MISSING_FIELD, "name is missing, bn and n alike; expected " + SensorId.FORM)
                : new Rejected(
                        Rejection.INVALID_SENSOR_ID,
                        "name is '%s', bn and n together; expected %s".formatted(Excerpt.of(name), SensorId.FORM));
    }

    private @Nullable Rejected timeFault(BigDecimal seconds, long millis, SenMlEntry entry) {
        Rejected fault = fault(SenMlLabel.BASE_TIME, SenMlLabel.TIME, entry);
        if (fault != null) {
            return fault;
        }
        if (millis == Rfc3339.INVALID) {
            return new Rejected(
                    Rejection.INVALID_TIMESTAMP,
                    "time is %s s, bt and t together%s; expected %s"
                            .formatted(Excerpt.of(seconds.toString()), SenMlTime.doubt(seconds), SenMlTime.FORM));
        }
        return millis - ReadingDecoder.MAX_AHEAD_MILLIS <= recordTimeMillis
                ? null
                : new Rejected(
                        Rejection.TIMESTAMP_IN_FUTURE,
                        ("time is %s s, bt and t together, %d ms after the record time %d; expected at most %d ms "
                                        + "after it")
                                .formatted(
                                        Excerpt.of(seconds.toString()),
                                        millis - recordTimeMillis,
                                        recordTimeMillis,
                                        ReadingDecoder.MAX_AHEAD_MILLIS));
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

    /** The fault of a field of an entry, or of its base field. */
    private @Nullable Rejected fault(SenMlLabel baseLabel, SenMlLabel label, SenMlEntry entry) {
        Rejected fault = entry.fault(label);
        return fault == null ? base.fault(baseLabel) : fault;
    }
}
