package io.telltale.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Encryption by settings: the files that they name are mounted, and nothing asks for HTTP where only HTTPS answers. */
final class TlsRules {

    private static final String POD = "/spec/template/spec";
    private static final String MOUNTED = "/etc/telltale/";

    private TlsRules() {}

    static List<String> problems(Manifests manifests) {
        Requirements requirements = new Requirements();
        manifests.of("ConfigMap").forEach(settings -> check(settings, manifests, requirements));
        return requirements.broken();
    }

    private static void check(Manifest settings, Manifests manifests, Requirements requirements) {
        JsonNode data = settings.at("/data");
        List<String> mounts = containers(manifests)
                .flatMap(container -> elements(container.path("volumeMounts")))
                .map(mount -> mount.path("mountPath").asText() + "/")
                .toList();
        data.properties().stream()
                .filter(setting -> setting.getValue().asText().startsWith(MOUNTED))
                .forEach(setting -> requirements.require(
                        settings,
                        mounts.stream().anyMatch(setting.getValue().asText()::startsWith),
                        "%s names a file that is not mounted".formatted(setting.getKey())));
        data.properties().stream()
                .filter(setting -> setting.getKey().endsWith("TLS_CONFIGURATION_NAME"))
                .forEach(setting -> requirements.require(
                        settings,
                        data.properties().stream().anyMatch(other -> other.getKey()
                                .startsWith("QUARKUS_TLS_%s_"
                                        .formatted(setting.getValue().asText().toUpperCase(Locale.ROOT)))),
                        "%s names a TLS configuration that is not there".formatted(setting.getKey())));
        if (data.path("QUARKUS_HTTP_INSECURE_REQUESTS").asText().equals("disabled")) {
            requirements.require(settings, isHttpsOnly(manifests), "switches HTTP off, which a probe asks for");
            requirements.require(
                    settings,
                    manifests
                            .of("ServiceMonitor")
                            .flatMap(monitor -> elements(monitor.at("/spec/endpoints")))
                            .allMatch(
                                    endpoint -> endpoint.path("scheme").asText().equals("https")),
                    "switches HTTP off, which Prometheus asks for");
        }
    }

    private static boolean isHttpsOnly(Manifests manifests) {
        return containers(manifests).allMatch(container -> Stream.of("startupProbe", "livenessProbe", "readinessProbe")
                .allMatch(probe -> container
                        .at("/%s/httpGet/scheme".formatted(probe))
                        .asText()
                        .equals("HTTPS")));
    }

    private static Stream<JsonNode> containers(Manifests manifests) {
        return manifests.of("Deployment").flatMap(deployment -> elements(deployment.at(POD + "/containers")));
    }

    private static Stream<JsonNode> elements(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }
}
