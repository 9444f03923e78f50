package io.telltale.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which kinds there may be, and of those with a typed model that every field is one of it. KEDA's kinds are checked by
 * the types of an npm package in {@code .ci/delivery}, Strimzi's by {@link StrimziSchemas}; of cass-operator's no
 * schema is at hand, and {@link CassandraRules} knows by hand what may be in it.
 */
final class TypedModels {

    private static final Map<String, Class<?>> MODELS = Map.of(
            "v1/ConfigMap", ConfigMap.class,
            "v1/Service", Service.class,
            "v1/ServiceAccount", ServiceAccount.class,
            "apps/v1/Deployment", Deployment.class,
            "policy/v1/PodDisruptionBudget", PodDisruptionBudget.class,
            "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class,
            "monitoring.coreos.com/v1/ServiceMonitor", ServiceMonitor.class,
            "monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class);

    /** Checked elsewhere. No Secret: those are made where they are needed, and never written down. */
    private static final Set<String> OTHERS = Set.of(
            "kafka.strimzi.io/v1/Kafka",
            "kafka.strimzi.io/v1/KafkaNodePool",
            "kafka.strimzi.io/v1/KafkaTopic",
            "kafka.strimzi.io/v1/KafkaUser",
            "keda.sh/v1alpha1/ScaledObject",
            "keda.sh/v1alpha1/TriggerAuthentication",
            "cassandra.datastax.com/v1beta1/CassandraDatacenter");

    /** The models take what they do not know into a map; here it is an error. */
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            })
            .build();

    private TypedModels() {}

    /** A sentence for each manifest that is of no allowed kind or not what its kind says. */
    static List<String> problems(Manifests manifests) {
        return manifests.all().stream()
                .flatMap(manifest -> problems(manifest).stream())
                .toList();
    }

    private static List<String> problems(Manifest manifest) {
        String kind = manifest.apiVersion() + "/" + manifest.kind();
        Class<?> model = MODELS.get(kind);
        if (model == null) {
            return OTHERS.contains(kind)
                    ? List.of()
                    : List.of("%s: %s is none of the allowed kinds".formatted(manifest.title(), kind));
        }
        try {
            Object unused = STRICT.treeToValue(manifest.json(), model);
            return List.of();
        } catch (JsonProcessingException e) {
            return List.of("%s: %s".formatted(manifest.title(), e.getOriginalMessage()));
        }
    }
}
