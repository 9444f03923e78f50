package io.telltale.simulate;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A good record to spoil: all six fields of a body, of which one can be left out or set to any JSON.
 *
 * @param sensorId whose record it is
 * @param type the type of its topic
 * @param millis its timestamp
 */
record Template(SensorId sensorId, SensorType type, long millis) {

    String body() {
        return json(fields());
    }

    String without(String field) {
        Map<String, String> fields = fields();
        fields.remove(field);
        return json(fields);
    }

    String with(String field, String json) {
        Map<String, String> fields = fields();
        fields.put(field, json);
        return json(fields);
    }

    String withValue(String json) {
        return with("value", json);
    }

    String withTimestamp(long number) {
        return with("timestamp", Long.toString(number));
    }

    String withTimestamp(String text) {
        return with("timestamp", BodyWriter.quoted(text));
    }

    private Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("sensorId", BodyWriter.quoted(sensorId.value()));
        fields.put("type", BodyWriter.quoted(type.name()));
        fields.put("timestamp", BodyWriter.quoted(Instant.ofEpochMilli(millis).toString()));
        fields.put("value", "21.40");
        fields.put("unit", "\"Cel\"");
        fields.put("site", "\"berlin-1\"");
        return fields;
    }

    private static String json(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> BodyWriter.quoted(field.getKey()) + ":" + field.getValue())
                .collect(Collectors.joining(",", "{", "}"));
    }
}
