package io.telltale.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The bill of materials has the components that are reviewed: those of {@code docs/dependencies.txt}. So a dependency
 * that is added or changed, also by another one, is a visible line of the change that brings it.
 */
class DependenciesIT {

    private static final Path REVIEWED = Path.of("docs/dependencies.txt");
    private static final Path TARGET = Path.of("target");
    private static final String BILL = "*-dependency-cyclonedx.json";
    private static final String OWN_GROUP = "io.telltale";

    /** A component of the machine that builds, such as native-linux-x86_64. */
    private static final String OF_A_PLATFORM = "^native-(linux|osx|windows)-.*";

    @Test
    @DisabledIfSystemProperty(named = "tracing", matches = ".*", disabledReason = "-Dtracing has further components")
    void hasOnlyReviewedComponents() throws Exception {
        Set<String> found = components();
        assertThat(found).as("components of the bill").hasSizeGreaterThan(100);
        Path current = TARGET.resolve("dependencies.txt");
        Files.write(current, found);
        assertThat(found)
                .as("components, by scope and version; if the change is intended: cp %s %s", current, REVIEWED)
                .containsExactlyElementsOf(List.copyOf(new TreeSet<>(Files.readAllLines(REVIEWED))));
    }

    /** Lines such as {@code runtime io.netty:netty-buffer 4.1.130.Final}. */
    private static Set<String> components() throws IOException {
        Set<String> components = new TreeSet<>();
        try (DirectoryStream<Path> bills = Files.newDirectoryStream(TARGET, BILL)) {
            for (Path bill : bills) {
                for (JsonNode component :
                        new ObjectMapper().readTree(bill.toFile()).path("components")) {
                    String group = component.path("group").asText();
                    if (!group.equals(OWN_GROUP)) {
                        components.add("%s %s:%s %s"
                                .formatted(
                                        scope(component),
                                        group,
                                        component.path("name").asText().replaceAll(OF_A_PLATFORM, "native-<platform>"),
                                        component.path("version").asText()));
                    }
                }
            }
        }
        return components;
    }

    /** {@code runtime} if it is packaged, otherwise {@code development}. */
    private static String scope(JsonNode component) {
        for (JsonNode property : component.path("properties")) {
            if (property.path("name").asText().equals("quarkus:component:scope")) {
                return property.path("value").asText();
            }
        }
        return "unknown";
    }
}
