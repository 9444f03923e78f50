package io.telltale.query;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.sensors.Description;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.MetadataUpdate;
import io.telltale.sensors.MetadataUpdate.Field;
import io.telltale.sensors.SensorMetadata;
import io.telltale.wire.JsonFault;
import io.telltale.wire.ReadingDecoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Parses the body of a {@code PUT} of a sensor: a JSON object with any of {@code unit}, {@code site}, {@code name},
 * {@code labels} and {@code expectedInterval}. Null removes a value; absent fields keep theirs.
 */
final class SensorUpdateBody {

    /** The longest body in bytes: more than all fields need, unless most characters are escaped. */
    static final int MAX_BYTES = 64 << 10;

    private static final String EXPECTED =
            "a JSON object with any of unit, site, name, labels, expectedInterval, and no others";

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(ReadingDecoder.MAX_NESTING)
                            .build())
                    .build())
            .build();

    private SensorUpdateBody() {}

    /**
     * Parses a body.
     *
     * @throws ProblemException {@code bad-request} with the field, its value and what was expected
     */
    static MetadataUpdate read(byte[] body) {
        JsonNode object = tree(body);
        Set<Field> named = EnumSet.noneOf(Field.class);
        @Nullable String unit = null;
        @Nullable String site = null;
        @Nullable String name = null;
        Map<String, String> labels = Map.of();
        @Nullable Duration expectedInterval = null;
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            String field = member.getKey();
            JsonNode value = member.getValue();
            switch (field) {
                case "unit" -> {
                    named.add(Field.UNIT);
                    unit = text(field, value, Description::isUnit, Description.UNIT_FORM);
                }
                case "site" -> {
                    named.add(Field.SITE);
                    site = text(field, value, Description::isSite, Description.SITE_FORM);
                }
                case "name" -> {
                    named.add(Field.NAME);
                    name = text(field, value, SensorMetadata::isName, SensorMetadata.NAME_FORM);
                }
                case "labels" -> {
                    named.add(Field.LABELS);
                    labels = labels(value);
                }
                case "expectedInterval" -> {
                    named.add(Field.EXPECTED_INTERVAL);
                    expectedInterval = interval(field, value);
                }
                default -> throw problem("field '%s' is not known; expected %s".formatted(Excerpt.of(field), EXPECTED));
            }
        }
        return new MetadataUpdate(
                named, new SensorMetadata(Description.of(unit, site), name, labels, expectedInterval));
    }

    private static JsonNode tree(byte[] body) {
        try (JsonParser json = JSON.createParser(body)) {
            return tree(json, body);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    private static JsonNode tree(JsonParser json, byte[] body) throws IOException {
        try {
            JsonNode tree = JSON.readTree(json);
            if (tree == null || tree.isMissingNode()) {
                throw problem("body is empty; expected " + EXPECTED);
            }
            if (!tree.isObject()) {
                throw problem("body is %s; expected %s".formatted(shown(tree), EXPECTED));
            }
            if (json.nextToken() != null) {
                throw notJson(body);
            }
            return tree;
        } catch (StreamConstraintsException e) {
            throw notJson(body);
        } catch (JsonProcessingException e) {
            throw JsonFault.find(body, ReadingDecoder.MAX_NESTING).isPresent() ? notJson(body) : repeated(json);
        }
    }

    private static ProblemException notJson(byte[] body) {
        return problem("body is " + JsonFault.of(body, ReadingDecoder.MAX_NESTING));
    }

    private static ProblemException repeated(JsonParser json) throws IOException {
        return problem("field %s is given twice; expected each field once"
                .formatted(Excerpt.of(String.valueOf(json.currentName()))));
    }

    private static @Nullable String text(String field, JsonNode value, Predicate<String> isValid, String form) {
        if (value.isNull()) {
            return null;
        }
        if (!value.isTextual() || !isValid.test(value.textValue())) {
            throw bad(field, value, form + ", or null");
        }
        return value.textValue();
    }

    private static Map<String, String> labels(JsonNode value) {
        if (value.isNull()) {
            return Map.of();
        }
        if (!value.isObject()) {
            throw bad("labels", value, SensorMetadata.LABELS_FORM + ", or null");
        }
        if (value.size() > SensorMetadata.MAX_LABELS) {
            throw problem(
                    "field labels has %d members; expected %s".formatted(value.size(), SensorMetadata.LABELS_FORM));
        }
        Map<String, String> labels = new HashMap<>();
        value.properties().forEach(label -> {
            if (!SensorMetadata.isLabelKey(label.getKey())) {
                throw problem("field labels has the key '%s'; expected %s"
                        .formatted(Excerpt.of(label.getKey()), SensorMetadata.LABEL_KEY_FORM));
            }
            JsonNode text = label.getValue();
            if (!text.isTextual() || !SensorMetadata.isLabel(text.textValue())) {
                throw bad("labels." + label.getKey(), text, SensorMetadata.LABEL_FORM);
            }
            labels.put(label.getKey(), text.textValue());
        });
        return labels;
    }

    private static @Nullable Duration interval(String field, JsonNode value) {
        if (value.isNull()) {
            return null;
        }
        try {
            Duration interval = Duration.parse(value.isTextual() ? value.textValue() : "");
            if (SensorMetadata.isInterval(interval)) {
                return interval;
            }
        } catch (DateTimeParseException notADuration) {
            // Reported below, like one that is out of bounds.
        }
        throw bad(field, value, SensorMetadata.INTERVAL_FORM + ", or null");
    }

    private static ProblemException bad(String field, JsonNode value, String expected) {
        return problem("field %s is %s; expected %s".formatted(field, shown(value), expected));
    }

    private static String shown(JsonNode value) {
        return value.isTextual()
                ? "'" + Excerpt.of(value.textValue()) + "'"
                : value.isObject() ? "an object" : value.isArray() ? "an array" : Excerpt.of(value.toString());
    }

    private static ProblemException problem(String detail) {
        return Problem.of(ProblemCode.BAD_REQUEST, detail).exception();
    }
}
