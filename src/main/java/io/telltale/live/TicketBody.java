package io.telltale.live;

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
import io.telltale.sensors.Excerpt;
import io.telltale.wire.JsonFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses the body of a request for a ticket: the parameters of a stream as members of a JSON object. */
final class TicketBody {

    /** The longest body in bytes, as of the URL of a stream. */
    static final int MAX_BYTES = 64 << 10;

    private static final int MAX_NESTING = 8;
    private static final String EXPECTED =
            "a JSON object with the parameters of a stream, such as {\"sensor\":[\"a\",\"b\"],\"mode\":\"latest\"}";

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_NESTING)
                            .build())
                    .build())
            .build();

    private TicketBody() {}

    /**
     * Parses a body.
     *
     * @return the values of each parameter, not validated
     * @throws ProblemException {@code bad-request} if it is not an object of texts, and lists of texts
     */
    static Map<String, List<String>> read(byte[] body) {
        JsonNode object = tree(body);
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        object.properties().forEach(member -> {
            List<String> values = new ArrayList<>();
            if (member.getValue().isArray()) {
                member.getValue().forEach(value -> values.add(text(member.getKey(), value)));
            } else {
                values.add(text(member.getKey(), member.getValue()));
            }
            if (!values.isEmpty()) {
                parameters.put(member.getKey(), values);
            }
        });
        return parameters;
    }

    /** An instant may be a number of milliseconds, as in bodies of readings. */
    private static String text(String name, JsonNode value) {
        if (!value.isTextual() && !value.isIntegralNumber()) {
            throw problem("field %s is %s; expected a text, or a list of texts"
                    .formatted(Excerpt.of(name), Excerpt.of(value.toString())));
        }
        return value.asText();
    }

    private static JsonNode tree(byte[] body) {
        try (JsonParser json = JSON.createParser(body)) {
            JsonNode tree = JSON.readTree(json);
            if (tree == null || !tree.isObject() || json.nextToken() != null) {
                throw problem("body is not one JSON object; expected " + EXPECTED);
            }
            return tree;
        } catch (StreamConstraintsException e) {
            throw problem("body is " + JsonFault.of(body, MAX_NESTING));
        } catch (JsonProcessingException e) {
            throw problem(JsonFault.find(body, MAX_NESTING)
                    .map(fault -> "body is " + fault)
                    .orElse("body has a member twice; expected each once"));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    private static ProblemException problem(String detail) {
        return Problem.of(ProblemCode.BAD_REQUEST, detail).exception();
    }
}
