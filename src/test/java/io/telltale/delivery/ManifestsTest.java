package io.telltale.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.zjsonpatch.JsonPatch;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The manifests as they lie in the repository. What kustomize makes of them for each overlay is held against the same
 * by {@code .ci/delivery}, where there is a kustomize.
 */
class ManifestsTest {

    private static final Path KUBERNETES = Path.of("deploy", "k8s");
    private static final Path BASE = KUBERNETES.resolve("base").resolve("kustomization.yaml");
    private static final Path BROKEN = Path.of("src", "test", "resources", "manifests", "broken");
    private static final Path SCHEMAS = Path.of("target", "strimzi-schemas-of-tests");

    /** Made once for all tests; nothing where no JVM can run their generator. */
    private static final Optional<StrimziSchemas> STRIMZI =
            StrimziSchemas.javaForTheGenerator().map(java -> StrimziSchemas.generate(java, SCHEMAS));

    @Test
    void theBaseIsStrictlyWhatItsKindsSayAndFitsTogether() {
        Manifests base = Manifests.listedBy(BASE);
        assertThat(base.all()).hasSizeGreaterThan(12);
        assertThat(ManifestProgram.problems(base, STRIMZI)).isEmpty();
    }

    @Test
    void whatOverlaysAddIsStrictlyWhatItsKindSays() {
        for (String overlay : List.of("dev", "production")) {
            Manifests added = Manifests.addedBy(
                    KUBERNETES.resolve("overlays").resolve(overlay).resolve("kustomization.yaml"));
            assertThat(TypedModels.problems(added)).as(overlay).isEmpty();
            STRIMZI.ifPresent(
                    schemas -> assertThat(schemas.problems(added)).as(overlay).isEmpty());
        }
    }

    /** Else a POST of a type without a topic would be told to ask again, for ever. */
    @Test
    void theServiceMayMakeTheTopicOfATypeThatIsPostedFirst() {
        Manifest user = Manifests.addedBy(KUBERNETES.resolve(Path.of("overlays", "production", "kustomization.yaml")))
                .find("KafkaUser/telltale")
                .orElseThrow();
        assertThat(user.at("/spec/authorization/acls").valueStream())
                .filteredOn(acl -> acl.at("/resource/name").asText().equals("sensors."))
                .singleElement()
                .satisfies(acl -> assertThat(acl.path("operations"))
                        .extracting(JsonNode::asText)
                        .contains("Create"));
    }

    @Test
    void noManifestIsForgotten() throws IOException {
        JsonNode list = Manifests.in(List.of(BASE)).all().get(0).json();
        try (Stream<Path> files = Files.list(BASE.getParent())) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(file -> !file.equals("kustomization.yaml")))
                    .containsExactlyInAnyOrderElementsOf(list.path("resources")
                            .valueStream()
                            .map(JsonNode::asText)
                            .toList());
        }
    }

    @Test
    void theGroupWhoseLagCountsIsThatOfIngest() throws IOException {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("src", "main", "resources", "application.properties"))) {
            settings.load(reader);
        }
        assertThat(settings).contains(entry("mp.messaging.incoming.sensors.group.id", "telltale"));
    }

    /** Whatever arguments a container is given: one that is out of memory would live on with a thread less. */
    @ParameterizedTest
    @ValueSource(strings = {"jvm", "native", "native-micro"})
    void anImageEndsWhereItIsOutOfMemory(String form) throws IOException {
        assertThat(Files.readAllLines(Path.of("docker", "Dockerfile." + form)))
                .filteredOn(line -> line.startsWith("ENTRYPOINT "))
                .singleElement()
                .asString()
                .contains('"' + ManifestRules.ENDS_WITHOUT_MEMORY + '"');
    }

    static List<Path> broken() throws IOException {
        try (Stream<Path> files = Files.list(BROKEN)) {
            return files.sorted().toList();
        }
    }

    /** A fixture changes one thing in the base, and says which words the refusal has. */
    @ParameterizedTest
    @MethodSource("broken")
    void aBrokenManifestIsRefused(Path file) {
        JsonNode fixture = Manifests.in(List.of(file)).all().get(0).json();
        assumeTrue(STRIMZI.isPresent() || !fixture.path("needs-strimzi").asBoolean(), "no Java 21 or newer");
        Manifests base = Manifests.listedBy(BASE);
        String title = fixture.path("manifest").asText();
        assertThat(base.find(title)).as(title).isPresent();

        Manifests changed = base.with(title, json -> JsonPatch.apply(fixture.path("patch"), json));

        assertThat(ManifestProgram.problems(changed, STRIMZI))
                .anyMatch(problem -> problem.contains(fixture.path("refused").asText()));
    }
}
