package io.telltale.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.oas.OpenApi31;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The API document as it is committed, and what it says of an answer. Stricter than what clients are promised: they have to
 * bear members that the document does not know yet, an answer of this version must not have any.
 */
public final class ApiDocument {

    /** Where it is committed, from the project's directory. */
    public static final Path PATH = Path.of("src", "main", "resources", "META-INF", "openapi.yaml");

    private static final String IRI = "urn:telltale:api-document";
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private final JsonNode tree;
    private final JsonSchemaFactory schemas;
    private final Map<String, JsonSchema> known = new ConcurrentHashMap<>();

    private ApiDocument(JsonNode tree) {
        this.tree = tree;
        String closed = closed(tree).toString();
        this.schemas = JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V202012, factory -> factory.metaSchema(OpenApi31.getInstance())
                        .defaultMetaSchemaIri(OpenApi31.getInstance().getIri())
                        .schemaLoaders(loaders -> loaders.schemas(Map.of(IRI, closed))));
    }

    /** The committed one. */
    public static ApiDocument committed() {
        try {
            return new ApiDocument(YAML.readTree(PATH.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a document says, however it is laid out. */
    public static JsonNode tree(String yaml) {
        try {
            return YAML.readTree(yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public JsonNode tree() {
        return tree;
    }

    /** The path of the document that a request's path is of. */
    public Optional<String> template(String path) {
        // Of those with a part of any text, none fits what one without it does.
        return new TreeSet<>(Set.copyOf(names(tree.get("paths"))))
                .stream()
                        .filter(template -> Pattern.matches(template.replaceAll("\\{[^/]+}", "[^/]+"), path))
                        .min((a, b) -> Boolean.compare(a.contains("{"), b.contains("{")));
    }

    /**
     * Where the document describes an answer, as a JSON pointer.
     *
     * @return empty if the operation has no such answer
     */
    public Optional<String> response(String template, String method, int status) {
        String pointer =
                "/paths/%s/%s/responses/%d".formatted(escaped(template), method.toLowerCase(Locale.ROOT), status);
        JsonNode response = tree.at(pointer);
        if (response.isMissingNode()) {
            return Optional.empty();
        }
        return Optional.of(response.has("$ref") ? response.get("$ref").asText().substring(1) : pointer);
    }

    /** The media types of an answer. */
    public List<String> mediaTypes(String response) {
        return names(tree.at(response).path("content"));
    }

    /** Where the document describes a body, as a JSON pointer. */
    public static String schema(String response, String mediaType) {
        return "%s/content/%s/schema".formatted(response, escaped(mediaType));
    }

    /** What is wrong with a value, by the schema at a JSON pointer; empty if nothing is. */
    public Set<ValidationMessage> faults(String schema, JsonNode value) {
        return known.computeIfAbsent(schema, this::load).validate(value);
    }

    private JsonSchema load(String pointer) {
        return schemas.getSchema(
                SchemaLocation.of(IRI + "#" + pointer),
                SchemaValidatorsConfig.builder()
                        .formatAssertionsEnabled(true)
                        .locale(Locale.ENGLISH)
                        .build());
    }

    /** The same where objects have no members but those that are named; those that others are made of stay open. */
    private static JsonNode closed(JsonNode document) {
        JsonNode closed = document.deepCopy();
        Set<String> parts = new HashSet<>();
        closed.findValues("allOf").forEach(all -> all.findValuesAsText("$ref").forEach(ref -> parts.add(ref)));
        closed.at("/components/schemas").properties().forEach(schema -> {
            JsonNode value = schema.getValue();
            if ((value.has("properties") || value.has("allOf"))
                    && !value.has("additionalProperties")
                    && !parts.contains("#/components/schemas/" + schema.getKey())) {
                ((ObjectNode) value).put("unevaluatedProperties", false);
            }
        });
        return closed;
    }

    private static List<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
