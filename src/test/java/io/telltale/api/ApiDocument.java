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
 * The committed API document as a validator of responses. Stricter than the contract: clients must tolerate unknown
 * members, but a response of this version must not have any.
 */
public final class ApiDocument {

    /** The path in the project. */
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

    /** The committed document. */
    public static ApiDocument committed() {
        try {
            return new ApiDocument(YAML.readTree(PATH.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The contents of a document, independent of its layout. */
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

    /** The node that a reference means; any other node as it is. */
    public JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? tree.at(node.get("$ref").asText().substring(1)) : node;
    }

    /** The path template of a request. */
    public Optional<String> template(String path) {
        // Templates with a variable come last: a literal path precedes them.
        return new TreeSet<>(Set.copyOf(names(tree.get("paths"))))
                .stream()
                        .filter(template -> Pattern.matches(template.replaceAll("\\{[^/]+}", "[^/]+"), path))
                        .min((a, b) -> Boolean.compare(a.contains("{"), b.contains("{")));
    }

    /**
     * The JSON pointer of a response in the document.
     *
     * @return empty if the operation has no such response
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

    /** The media types of a response. */
    public List<String> mediaTypes(String response) {
        return names(tree.at(response).path("content"));
    }

    /** The JSON pointer of the schema of a body. */
    public static String schema(String response, String mediaType) {
        return "%s/content/%s/schema".formatted(response, escaped(mediaType));
    }

    /** The faults of a value by the schema at a JSON pointer. */
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

    /** A copy whose objects allow declared members only, except schemas that others extend. */
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
