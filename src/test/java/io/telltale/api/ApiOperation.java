package io.telltale.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** An operation of the API document, and a request for it that consists of the document's examples. */
public final class ApiOperation {

    private final ApiDocument document;
    private final String method;
    private final String template;
    private final JsonNode node;

    private ApiOperation(ApiDocument document, String method, String template, JsonNode node) {
        this.document = document;
        this.method = method;
        this.template = template;
        this.node = node;
    }

    /** A parameter of the query, the path or a header. */
    public record Parameter(String name, String in, boolean isRequired, JsonNode node, JsonNode schema) {

        boolean isOfQuery() {
            return in.equals("query");
        }

        boolean isList() {
            return schema.path("type").asText().equals("array");
        }

        /**
         * Whether it stands for parameters whose names are not known beforehand, one for each property of an object.
         */
        boolean isFamily() {
            return schema.path("type").asText().equals("object");
        }

        List<String> choices() {
            return texts(schema.path("enum"));
        }

        /** The default as a request writes it; empty without one. */
        String defaultValue() {
            JsonNode value = schema.path("default");
            return value.isArray() ? String.join(",", texts(value)) : value.asText();
        }

        boolean hasExample() {
            return node.has("example");
        }

        public String example() {
            JsonNode example = node.path("example");
            String text = example.isArray() ? String.join(",", texts(example)) : example.asText();
            if (text.isEmpty()) {
                throw new AssertionError("parameter %s has no example in %s".formatted(name, ApiDocument.PATH));
            }
            return text;
        }
    }

    public static List<ApiOperation> all(ApiDocument document) {
        return document.tree().get("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .map(operation -> new ApiOperation(
                                document,
                                operation.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                operation.getValue())))
                .toList();
    }

    public String method() {
        return method;
    }

    /** The path with its parameters in braces. */
    public String template() {
        return template;
    }

    public boolean isGet() {
        return method.equals("GET");
    }

    /** The methods that the document has for the path, in upper case. */
    Set<String> methodsOfPath() {
        return all(document).stream()
                .filter(other -> other.template.equals(template))
                .map(ApiOperation::method)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    public List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        for (JsonNode reference : node.path("parameters")) {
            JsonNode parameter = document.resolved(reference);
            parameters.add(new Parameter(
                    parameter.get("name").asText(),
                    parameter.get("in").asText(),
                    parameter.path("required").asBoolean(),
                    parameter,
                    document.resolved(parameter.get("schema"))));
        }
        return parameters;
    }

    List<String> queryParameters() {
        return parameters().stream()
                .filter(Parameter::isOfQuery)
                .map(Parameter::name)
                .toList();
    }

    /** The media types of a successful response; empty if it has no body. */
    List<String> responseMediaTypes() {
        return node.get("responses").properties().stream()
                .filter(response -> response.getKey().startsWith("2"))
                .flatMap(
                        response -> names(document.resolved(response.getValue()).path("content")))
                .toList();
    }

    /** The media types of the body of a request; empty if it has none. */
    public List<String> requestMediaTypes() {
        return names(node.path("requestBody").path("content")).toList();
    }

    public boolean isStream() {
        return responseMediaTypes().contains("text/event-stream");
    }

    /** The example of the body of a request. */
    public String requestBody(String mediaType) {
        JsonNode examples =
                node.path("requestBody").path("content").path(mediaType).path("examples");
        return examples.elements().next().get("value").toString();
    }

    /** The query of a request: the required parameters, and others with an example. */
    public Map<String, String> query() {
        Map<String, String> query = new LinkedHashMap<>();
        parameters().stream()
                .filter(parameter -> parameter.isOfQuery() && (parameter.isRequired() || parameter.hasExample()))
                .forEach(parameter -> query.put(parameter.name(), parameter.example()));
        return query;
    }

    /** The target of a request, with the examples of the path's parameters. */
    public String target(Map<String, String> query) {
        return target(query, Map.of());
    }

    /**
     * The target of a request.
     *
     * @param inPath values of the path's parameters, instead of the examples
     */
    public String target(Map<String, String> query, Map<String, String> inPath) {
        String path = template;
        for (Parameter parameter : parameters()) {
            if (parameter.in().equals("path")) {
                String value =
                        inPath.containsKey(parameter.name()) ? inPath.get(parameter.name()) : parameter.example();
                path = path.replace("{" + parameter.name() + "}", encoded(value));
            }
        }
        String joined = query.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + encoded(entry.getValue()))
                .collect(Collectors.joining("&"));
        return joined.isEmpty() ? path : path + "?" + joined;
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, UTF_8);
    }

    private static Stream<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey);
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    @Override
    public String toString() {
        return method + " " + template;
    }
}
