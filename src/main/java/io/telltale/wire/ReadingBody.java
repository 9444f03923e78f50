package io.telltale.wire;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Description;
import io.telltale.sensors.EpochMillis;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses and validates one body: holds the fields found so far and the fault of each. Used for one record. */
final class ReadingBody implements JsonBody.Reader {

    private static final String TIMESTAMP_FORM = Rfc3339.FORM + ", or " + EpochMillis.FORM;

    private static final String SUBJECT_HEADER = "ce_subject";
    private static final String TIME_HEADER = "ce_time";

    /** The longest header that is parsed as a time; no instant needs more. */
    private static final int MAX_TIME_HEADER_BYTES = 128;

    /** The number of bytes of a key or header that error details show. */
    private static final int MAX_EXCERPT_BYTES = 256;

    private final @Nullable SensorType topicType;
    private final HeaderValues headers;
    private final byte @Nullable [] key;
    private final long recordTimeMillis;

    private final EnumSet<ReadingField> seen = EnumSet.noneOf(ReadingField.class);
    private final FoundNames names = new FoundNames();
    private @Nullable SensorId sensorId;
    private @Nullable SensorType type;
    private long timestampMillis = Rfc3339.INVALID;
    private @Nullable Value value;
    private @Nullable String unit;
    private @Nullable String site;

    private final Map<ReadingField, Rejected> faults = new EnumMap<>(ReadingField.class);
    private final Map<ReadingField, DroppedField> dropped = new EnumMap<>(ReadingField.class);
    private boolean isFieldMissing;

    /** @param topicType null if the body must name its type */
    ReadingBody(@Nullable SensorType topicType, HeaderValues headers, byte @Nullable [] key, long recordTimeMillis) {
        this.topicType = topicType;
        this.headers = headers;
        this.key = key == null || key.length == 0 ? null : key;
        this.recordTimeMillis = recordTimeMillis;
        this.type = topicType;
    }

    /** Reads the whole body, then validates it. */
    @Override
    public DecodeResult read(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            return noObject(json);
        }
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            names.add(name, json.nextToken());
            ReadingField field = ReadingField.named(name);
            if (field != null && !seen.add(field)) {
                if (!field.isDroppable()) {
                    return JsonBody.malformed("%s is given twice; expected each field once".formatted(name));
                }
                drop(field, "given twice", "each field once");
            } else if (field != null) {
                readField(field, json);
            }
            json.skipChildren();
        }
        if (json.nextToken() != null) {
            return JsonBody.malformed(
                    "body continues with %s after its end; expected one JSON object".formatted(JsonValue.found(json)));
        }
        reconcileWithKey();
        if (headers != HeaderValues.NONE) {
            fillInFromHeaders();
        }
        return judge();
    }

    private static Rejected noObject(JsonParser json) throws IOException {
        String detail = "body is %s; expected a JSON object".formatted(JsonValue.found(json));
        boolean isArray = json.currentToken() == JsonToken.START_ARRAY && json.nextToken() != null;
        return JsonBody.malformed(isArray ? detail + FoundNames.read(json).hint() : detail);
    }

    private void readField(ReadingField field, JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL && field != ReadingField.VALUE) {
            return;
        }
        switch (field) {
            case SENSOR_ID -> readSensorId(json);
            case TYPE -> readType(json);
            case TIMESTAMP -> readTimestamp(json);
            case VALUE -> readValue(json);
            case UNIT -> readUnit(json);
            case SITE -> readSite(json);
        }
    }

    private void readSensorId(JsonParser json) throws IOException {
        String text = stringOrNull(json);
        if (text == null || !SensorId.isValid(text)) {
            reject(ReadingField.SENSOR_ID, Rejection.INVALID_SENSOR_ID, JsonValue.found(json), SensorId.FORM);
        } else {
            sensorId = new SensorId(text);
        }
    }

    private void readType(JsonParser json) throws IOException {
        String name = stringOrNull(json);
        if (topicType == null) {
            if (name == null || !SensorType.isValid(name)) {
                reject(ReadingField.TYPE, Rejection.TYPE_MISMATCH, JsonValue.found(json), SensorType.FORM);
            } else {
                type = new SensorType(name);
            }
        } else if (!topicType.name().equals(name)) {
            reject(
                    ReadingField.TYPE,
                    Rejection.TYPE_MISMATCH,
                    JsonValue.found(json),
                    "'%s', the type of its topic, or no type".formatted(topicType.name()));
        }
    }

    private void readTimestamp(JsonParser json) throws IOException {
        boolean isNumber = json.currentToken().isNumeric();
        long millis = isNumber ? epochMillis(json) : instant(json);
        if (millis == Rfc3339.INVALID) {
            String doubt = isNumber ? ", which " + EpochMillis.doubt(json.getText()) : "";
            reject(ReadingField.TIMESTAMP, Rejection.INVALID_TIMESTAMP, JsonValue.found(json) + doubt, TIMESTAMP_FORM);
        } else if (isInFuture(millis)) {
            rejectFuture(JsonValue.found(json), millis);
        } else {
            timestampMillis = millis;
        }
    }

    private static long epochMillis(JsonParser json) throws IOException {
        boolean isLong =
                json.currentToken() == JsonToken.VALUE_NUMBER_INT && json.getNumberType() == JsonParser.NumberType.LONG;
        long millis = isLong
                ? json.getLongValue()
                : EpochMillis.integer(json.getText()).orElse(Rfc3339.INVALID);
        return EpochMillis.isPlausible(millis) ? millis : Rfc3339.INVALID;
    }

    private static long instant(JsonParser json) throws IOException {
        String text = stringOrNull(json);
        return text == null ? Rfc3339.INVALID : Rfc3339.parse(text).orElse(Rfc3339.INVALID);
    }

    private boolean isInFuture(long millis) {
        return millis - ReadingDecoder.MAX_AHEAD_MILLIS > recordTimeMillis;
    }

    private void rejectFuture(String found, long millis) {
        reject(
                ReadingField.TIMESTAMP,
                Rejection.TIMESTAMP_IN_FUTURE,
                "%s, %d ms after the record time %d".formatted(found, millis - recordTimeMillis, recordTimeMillis),
                "at most %d ms after it".formatted(ReadingDecoder.MAX_AHEAD_MILLIS));
    }

    private void readValue(JsonParser json) throws IOException {
        value = JsonValue.read(json);
        if (value == null) {
            reject(ReadingField.VALUE, Rejection.INVALID_VALUE, JsonValue.fault(json), JsonValue.FORM);
        }
    }

    private void readUnit(JsonParser json) throws IOException {
        String text = stringOrNull(json);
        if (text == null || (!text.isEmpty() && !Description.isUnit(text))) {
            drop(ReadingField.UNIT, JsonValue.found(json), Description.UNIT_FORM);
        } else {
            unit = text.isEmpty() ? null : text;
        }
    }

    private void readSite(JsonParser json) throws IOException {
        String text = stringOrNull(json);
        if (text == null || (!text.isEmpty() && !Description.isSite(text))) {
            drop(ReadingField.SITE, JsonValue.found(json), Description.SITE_FORM);
        } else {
            site = text.isEmpty() ? null : text;
        }
    }

    /** Body and key must agree; without an id in the body, the key is the id. */
    private void reconcileWithKey() {
        if (key == null || faults.containsKey(ReadingField.SENSOR_ID)) {
            return;
        }
        if (sensorId != null) {
            if (!isKey(sensorId)) {
                reject(
                        ReadingField.SENSOR_ID,
                        Rejection.KEY_MISMATCH,
                        "'%s' and the key '%s'".formatted(sensorId, excerpt(key)),
                        "the same id in both, or no key");
            }
            return;
        }
        standInForId(key, "the key");
    }

    /** Without an id in body and key, the id comes from its header; without a timestamp in the body, it does too. */
    private void fillInFromHeaders() {
        if (sensorId == null && !faults.containsKey(ReadingField.SENSOR_ID)) {
            byte[] subject = headers.of(SUBJECT_HEADER);
            if (subject != null && subject.length > 0) {
                standInForId(subject, "the header ce_subject");
            }
        }
        // A header does not replace an invalid timestamp.
        if (timestampMillis == Rfc3339.INVALID && !faults.containsKey(ReadingField.TIMESTAMP)) {
            byte[] time = headers.of(TIME_HEADER);
            if (time != null && time.length > 0) {
                readTimeHeader(time);
            }
        }
    }

    private void readTimeHeader(byte[] time) {
        String text = time.length <= MAX_TIME_HEADER_BYTES ? new String(time, StandardCharsets.UTF_8) : "";
        long millis = Rfc3339.parse(text).orElse(Rfc3339.INVALID);
        String found = "only in the header ce_time, as '%s'".formatted(excerpt(time));
        if (millis == Rfc3339.INVALID) {
            reject(ReadingField.TIMESTAMP, Rejection.INVALID_TIMESTAMP, found, Rfc3339.FORM);
        } else if (isInFuture(millis)) {
            rejectFuture(found, millis);
        } else {
            timestampMillis = millis;
        }
    }

    private void standInForId(byte[] bytes, String where) {
        String id = bytes.length <= SensorId.MAX_LENGTH ? new String(bytes, StandardCharsets.UTF_8) : "";
        if (SensorId.isValid(id)) {
            sensorId = new SensorId(id);
        } else {
            reject(
                    ReadingField.SENSOR_ID,
                    Rejection.INVALID_SENSOR_ID,
                    "only in %s, as '%s'".formatted(where, excerpt(bytes)),
                    SensorId.FORM);
        }
    }

    private boolean isKey(SensorId id) {
        String text = id.value();
        if (key == null || key.length != text.length()) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            if (key[i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private DecodeResult judge() {
        String noId = topicType == null ? "missing" : "neither in the body nor as the key";
        require(ReadingField.SENSOR_ID, sensorId != null, noId, SensorId.FORM);
        require(ReadingField.TYPE, type != null, "missing", SensorType.FORM);
        require(ReadingField.TIMESTAMP, timestampMillis != Rfc3339.INVALID, "missing", TIMESTAMP_FORM);
        require(ReadingField.VALUE, value != null, "missing", JsonValue.FORM);
        if (!faults.isEmpty()) {
            Rejected rejected = Rejected.of(faults.values(), dropped.values());
            return isFieldMissing ? rejected.with("; " + names + names.hint()) : rejected;
        }
        Reading reading = new Reading(
                requireNonNull(sensorId, "sensorId"),
                requireNonNull(type, "type"),
                timestampMillis,
                requireNonNull(value, "value"));
        return new Accepted(reading, Description.of(unit, site), List.copyOf(dropped.values()));
    }

    private void require(ReadingField field, boolean isValid, String where, String expected) {
        if (!isValid && !faults.containsKey(field)) {
            isFieldMissing = true;
            reject(field, Rejection.MISSING_FIELD, where, expected);
        }
    }

    private void reject(ReadingField field, Rejection reason, String found, String expected) {
        faults.put(field, new Rejected(reason, field.fault(found, expected)));
    }

    private void drop(ReadingField field, String found, String expected) {
        boolean isUnit = field == ReadingField.UNIT;
        if (isUnit) {
            unit = null;
        } else {
            site = null;
        }
        dropped.putIfAbsent(
                field,
                new DroppedField(
                        isUnit ? DroppedField.Reason.INVALID_UNIT : DroppedField.Reason.INVALID_SITE,
                        field.fault(found, expected)));
    }

    private static @Nullable String stringOrNull(JsonParser json) throws IOException {
        return json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : null;
    }

    private static String excerpt(byte[] bytes) {
        return Excerpt.of(new String(bytes, 0, Math.min(bytes.length, MAX_EXCERPT_BYTES), StandardCharsets.UTF_8));
    }
}
