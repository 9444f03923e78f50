package io.telltale.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code .ci/delivery} requires of the overlays that encrypt, once kustomize has rendered them. */
class TlsRulesTest {

    private static final Path KUBERNETES = Path.of("deploy", "k8s");
    private static final Manifests BASE =
            Manifests.listedBy(KUBERNETES.resolve("base").resolve("kustomization.yaml"));

    @ParameterizedTest
    @CsvSource({
        "QUARKUS_TLS_HTTPS_KEY_STORE_PEM_0_CERT, /etc/telltale/https/tls.crt, a file that is not mounted",
        "KAFKA_TLS_CONFIGURATION_NAME, kafka, a TLS configuration that is not there",
        "QUARKUS_HTTP_INSECURE_REQUESTS, disabled, which a probe asks for",
        "QUARKUS_HTTP_INSECURE_REQUESTS, disabled, which Prometheus asks for",
    })
    void settingsThatDoNotFitAreRefused(String name, String value, String refusal) {
        assertThat(TlsRules.problems(BASE)).isEmpty();
        assertThat(TlsRules.problems(
                        BASE.with("ConfigMap/telltale", map -> ((ObjectNode) map)
                                .set("data", ((ObjectNode) map.path("data")).put(name, value)))))
                .anyMatch(problem -> problem.contains(refusal));
    }

    /** Kustomize is not needed to see that each file of a setting is mounted by a patch of the overlay or of its base. */
    @Test
    void theSecureOverlayMountsTheFilesOfItsSettings() {
        List<String> mounts = List.of("production", "secure").stream()
                .map(overlay -> KUBERNETES.resolve(Path.of("overlays", overlay, "deployment.yaml")))
                .flatMap(patch -> Manifests.in(List.of(patch)).all().stream())
                .flatMap(patch -> patch.at("/spec/template/spec/containers/0/volumeMounts").valueStream())
                .map(mount -> mount.path("mountPath").asText() + "/")
                .toList();
        JsonNode secure = Manifests.in(
                        List.of(KUBERNETES.resolve(Path.of("overlays", "secure", "kustomization.yaml"))))
                .all()
                .get(0)
                .json();
        assertThat(secure.at("/configMapGenerator/0/literals").valueStream().map(JsonNode::asText))
                .contains("TELLTALE_SECURITY_ENABLED=true", "QUARKUS_HTTP_INSECURE_REQUESTS=disabled")
                .filteredOn(literal -> literal.contains("=/"))
                .hasSize(4)
                .allMatch(literal -> mounts.stream().anyMatch(mount -> literal.contains("=" + mount)));
    }
}
