package io.telltale.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.tls.runtime.config.TlsBucketConfig;
import io.quarkus.tls.runtime.config.TlsConfig;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
        "QUARKUS_TLS_HTTPS_KEY_STORE_PEM_SERVER_CERT, /etc/telltale/https/tls.crt, a file that is not mounted",
        "KAFKA_TLS_CONFIGURATION_NAME, kafka, a TLS configuration that is not there",
        "QUARKUS_HTTP_INSECURE_REQUESTS, disabled, which a probe asks for",
        "QUARKUS_HTTP_INSECURE_REQUESTS, disabled, which Prometheus asks for",
    })
    void settingsThatDoNotFitAreRefused(String name, String value, String refusal) {
        assertThat(TlsRules.problems(BASE)).isEmpty();
        assertThat(TlsRules.problems(BASE.with("ConfigMap/telltale", map -> ((ObjectNode) map)
                        .set("data", ((ObjectNode) map.path("data")).put(name, value)))))
                .anyMatch(problem -> problem.contains(refusal));
    }

    /**
     * The names of the environment are those of settings: read by the library, they are where the registry finds them.
     */
    @ParameterizedTest
    @CsvSource({"production, kafka", "secure, https", "secure, cassandra"})
    void theRegistryUnderstandsTheEnvironment(String overlay, String name) {
        Map<String, String> environment = literals(overlay)
                .map(literal -> literal.split("=", 2))
                .filter(setting -> setting[0].startsWith("QUARKUS_TLS_"))
                .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1]));
        TlsBucketConfig bucket = Objects.requireNonNull(new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withSources(new EnvConfigSource(environment, 300))
                .withMapping(TlsConfig.class)
                .build()
                .getConfigMapping(TlsConfig.class)
                .namedCertificateConfig()
                .get(name));

        assertThat(bucket.reloadPeriod()).contains(Duration.ofMinutes(1));
        if (name.equals("cassandra")) {
            assertThat(bucket.hostnameVerificationAlgorithm()).contains("NONE");
        } else {
            assertThat(bucket.keyStore().orElseThrow().pem().orElseThrow().keyCerts())
                    .hasSize(1);
        }
        if (!name.equals("https")) {
            assertThat(bucket.trustStore().orElseThrow().pem().orElseThrow().certs())
                    .contains(List.of(Path.of("/etc/telltale/%s-ca/ca.crt".formatted(name))));
        }
    }

    private static Stream<String> literals(String overlay) {
        return Manifests.in(List.of(KUBERNETES.resolve(Path.of("overlays", overlay, "kustomization.yaml"))))
                .all()
                .get(0)
                .json()
                .at("/configMapGenerator/0/literals")
                .valueStream()
                .map(JsonNode::asText);
    }

    /**
     * Kustomize is not needed to see that each file of a setting is mounted by a patch of the overlay or of its base.
     */
    @Test
    void theSecureOverlayMountsTheFilesOfItsSettings() {
        List<String> mounts = List.of("production", "secure").stream()
                .map(overlay -> KUBERNETES.resolve(Path.of("overlays", overlay, "deployment.yaml")))
                .flatMap(patch -> Manifests.in(List.of(patch)).all().stream())
                .flatMap(patch -> patch.at("/spec/template/spec/containers/0/volumeMounts")
                        .valueStream())
                .map(mount -> mount.path("mountPath").asText() + "/")
                .toList();
        assertThat(literals("secure"))
                .contains("TELLTALE_SECURITY_ENABLED=true", "QUARKUS_HTTP_INSECURE_REQUESTS=disabled")
                .filteredOn(literal -> literal.contains("=/"))
                .hasSize(4)
                .allMatch(literal -> mounts.stream().anyMatch(mount -> literal.contains("=" + mount)));
    }
}
