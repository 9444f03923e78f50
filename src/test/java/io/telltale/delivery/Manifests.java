package io.telltale.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Objects that are applied together. */
record Manifests(List<Manifest> all) {

    private static final YAMLMapper YAML = new YAMLMapper();

    Manifests {
        all = List.copyOf(all);
    }

    /** What files hold, one or more documents each. */
    static Manifests in(List<Path> files) {
        List<Manifest> all = new ArrayList<>();
        for (Path file : files) {
            try (MappingIterator<JsonNode> documents =
                    YAML.readerFor(JsonNode.class).readValues(file.toFile())) {
                while (documents.hasNext()) {
                    all.add(new Manifest(documents.next()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(file + " is no YAML", e);
            }
        }
        return new Manifests(all);
    }

    /**
     * What a {@code kustomization.yaml} without a base lists, and the ConfigMaps it has made, by their plain names.
     * What overlays make of it only kustomize itself can tell.
     */
    static Manifests listedBy(Path kustomization) {
        JsonNode list = in(List.of(kustomization)).all().get(0).json();
        List<Manifest> all = new ArrayList<>(addedBy(kustomization).all());
        list.path("configMapGenerator").forEach(generator -> all.add(configMap(generator)));
        return new Manifests(all);
    }

    /** The files that a {@code kustomization.yaml} lists, without its base. */
    static Manifests addedBy(Path kustomization) {
        JsonNode list = in(List.of(kustomization)).all().get(0).json();
        List<Path> files = new ArrayList<>();
        list.path("resources").forEach(file -> {
            if (file.asText().endsWith(".yaml")) {
                files.add(kustomization.resolveSibling(file.asText()));
            }
        });
        return in(files);
    }

    private static Manifest configMap(JsonNode generator) {
        ObjectNode map = YAML.createObjectNode().put("apiVersion", "v1").put("kind", "ConfigMap");
        map.putObject("metadata").put("name", generator.path("name").asText());
        ObjectNode data = map.putObject("data");
        generator.path("literals").forEach(literal -> {
            String[] keyAndValue = literal.asText().split("=", 2);
            data.put(keyAndValue[0], keyAndValue[1]);
        });
        return new Manifest(map);
    }

    Stream<Manifest> of(String kind) {
        return all.stream().filter(manifest -> manifest.kind().equals(kind));
    }

    Optional<Manifest> find(String title) {
        return all.stream().filter(manifest -> manifest.title().equals(title)).findFirst();
    }

    /** The same with one of them changed. */
    Manifests with(String title, UnaryOperator<JsonNode> change) {
        return new Manifests(all.stream()
                .map(manifest -> manifest.title().equals(title)
                        ? new Manifest(change.apply(manifest.json().deepCopy()))
                        : manifest)
                .toList());
    }
}
