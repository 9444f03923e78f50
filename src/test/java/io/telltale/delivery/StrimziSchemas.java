package io.telltale.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.quarkus.bootstrap.resolver.maven.BootstrapMavenException;
import io.quarkus.bootstrap.resolver.maven.MavenArtifactResolver;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.aether.artifact.DefaultArtifact;

/**
 * The schemas of Strimzi's kinds, as Strimzi's own generator writes them from its model. The generator needs Java 21 or
 * newer, so it runs in a JVM of its own.
 */
final class StrimziSchemas {

    private static final String VERSION = "1.2.0";
    private static final List<String> ARTIFACTS = List.of("crd-generator", "api", "crd-annotations");
    private static final Map<String, String> MODELS = Map.of(
            "Kafka", "io.strimzi.api.kafka.model.kafka.Kafka",
            "KafkaNodePool", "io.strimzi.api.kafka.model.nodepool.KafkaNodePool",
            "KafkaTopic", "io.strimzi.api.kafka.model.topic.KafkaTopic",
            "KafkaUser", "io.strimzi.api.kafka.model.user.KafkaUser");
    private static final int LIMIT_SECONDS = 120;
    private static final int NEWEST_THAT_IS_TOO_OLD = 20;

    private final Map<String, JsonSchema> byKind = new TreeMap<>();

    private StrimziSchemas(Path directory) {
        JsonSchemaFactory factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
        for (String kind : MODELS.keySet()) {
            JsonNode definition = Manifests.in(List.of(directory.resolve(kind + ".yaml")))
                    .all()
                    .get(0)
                    .json();
            for (JsonNode version : definition.at("/spec/versions")) {
                JsonNode schema = version.at("/schema/openAPIV3Schema");
                close(schema);
                byKind.put(
                        definition.at("/spec/group").asText() + "/"
                                + version.path("name").asText() + "/" + kind,
                        factory.getSchema(schema));
            }
        }
    }

    /** A JVM that can run the generator; nothing where there is none. */
    static Optional<Path> javaForTheGenerator() {
        List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
        Path common = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(common)) {
            try (Stream<Path> entries = Files.list(common)) {
                entries.sorted().forEach(homes::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return homes.stream()
                .filter(home -> release(home) > NEWEST_THAT_IS_TOO_OLD)
                .map(home -> home.resolve("bin").resolve("java"))
                .findFirst();
    }

    /** Has them written into {@code directory}, which takes some seconds, and reads them. */
    static StrimziSchemas generate(Path java, Path directory) {
        try {
            Files.createDirectories(directory);
            List<String> command = new ArrayList<>(List.of(
                    java.toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    ARTIFACTS.stream().map(StrimziSchemas::jar).collect(Collectors.joining(File.pathSeparator)),
                    "io.strimzi.crdgenerator.CrdGenerator",
                    "--yaml"));
            MODELS.forEach((kind, model) ->
                    command.add(model + "=" + directory.resolve(kind + ".yaml").toAbsolutePath()));
            Path log = directory.resolve("generator.log");
            Process generator = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!generator.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                generator.destroyForcibly();
                throw new IllegalStateException("Strimzi's generator took longer than %d s".formatted(LIMIT_SECONDS));
            }
            if (generator.exitValue() != 0) {
                throw new IllegalStateException("Strimzi's generator failed: " + Files.readString(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Strimzi's generator ran", e);
        }
        return new StrimziSchemas(directory);
    }

    /** A sentence for each thing in manifests of Strimzi's that its schema does not allow. */
    List<String> problems(Manifests manifests) {
        return manifests.all().stream()
                .filter(manifest -> manifest.apiVersion().startsWith("kafka.strimzi.io/"))
                .flatMap(this::problems)
                .toList();
    }

    private Stream<String> problems(Manifest manifest) {
        JsonSchema schema = byKind.get(manifest.apiVersion() + "/" + manifest.kind());
        if (schema == null) {
            return Stream.of("%s: Strimzi %s has no %s".formatted(manifest.title(), VERSION, manifest.apiVersion()));
        }
        return schema.validate(manifest.json()).stream().map(message -> manifest.title() + ": " + message.getMessage());
    }

    /** An object takes only the fields it names, as a server in strict mode has it. */
    private static void close(JsonNode schema) {
        if (schema instanceof ObjectNode object
                && object.path("properties").isObject()
                && object.path("type").asText().equals("object")
                && !object.has("additionalProperties")
                && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
            object.put("additionalProperties", false);
        }
        schema.forEach(StrimziSchemas::close);
    }

    private static String jar(String artifact) {
        try {
            return MavenArtifactResolver.builder()
                    .setWorkspaceDiscovery(false)
                    .build()
                    .resolve(new DefaultArtifact("io.strimzi:%s:%s".formatted(artifact, VERSION)))
                    .getArtifact()
                    .getFile()
                    .toString();
        } catch (BootstrapMavenException e) {
            throw new IllegalStateException("Strimzi's %s could not be had from Maven".formatted(artifact), e);
        }
    }

    /** The feature release that a JDK says it is; 0 where it says nothing. */
    private static int release(Path home) {
        try {
            return Files.readAllLines(home.resolve("release")).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line -> line.replaceAll("JAVA_VERSION=\"(\\d+).*", "$1"))
                    .mapToInt(Integer::parseInt)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }
}
