package io.telltale.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What no schema sees: that manifests which are applied together fit together, and are as hardened as is promised. */
final class ManifestRules {

    private static final String DEPLOYMENT = "Deployment";
    private static final String POD = "/spec/template/spec";

    /** What a stop may take by contract, and what a container's runtime may take beside it. */
    private static final int LONGEST_STOP_SECONDS = 30;

    private static final int MARGIN_SECONDS = 5;

    /** Of a container without arguments its image has to say so. */
    static final String ENDS_WITHOUT_MEMORY = "-XX:+ExitOnOutOfMemoryError";

    private final Manifests manifests;
    private final String consumerGroup;
    private final Requirements requirements = new Requirements();

    private ManifestRules(Manifests manifests, String consumerGroup) {
        this.manifests = manifests;
        this.consumerGroup = consumerGroup;
    }

    /**
     * A sentence for each rule that is broken.
     *
     * @param consumerGroup of ingest
     */
    static List<String> problems(Manifests manifests, String consumerGroup) {
        ManifestRules rules = new ManifestRules(manifests, consumerGroup);
        manifests.of(DEPLOYMENT).forEach(rules::deployment);
        manifests.of("Service").forEach(rules::service);
        manifests.of("PodDisruptionBudget").forEach(rules::budget);
        manifests.of("NetworkPolicy").forEach(rules::networkPolicy);
        manifests.of("ServiceMonitor").forEach(rules::serviceMonitor);
        manifests.of("ScaledObject").forEach(rules::scaledObject);
        manifests.of("KafkaTopic").forEach(rules::topic);
        Stream.of("KafkaNodePool", "KafkaUser", "KafkaTopic")
                .forEach(kind -> manifests.of(kind).forEach(rules::cluster));
        manifests.of("ConfigMap").forEach(rules::addresses);
        return rules.requirements.broken();
    }

    private void deployment(Manifest deployment) {
        JsonNode selector = deployment.at("/spec/selector/matchLabels");
        JsonNode labels = deployment.at("/spec/template/metadata/labels");
        require(deployment, selects(selector, labels), "its selector is not that of its pods");
        JsonNode pod = deployment.at(POD);
        pod.path("topologySpreadConstraints")
                .forEach(spread -> require(
                        deployment,
                        selects(spread.at("/labelSelector/matchLabels"), labels),
                        "spreads other pods than its own"));
        require(
                deployment,
                elements(pod.path("topologySpreadConstraints"))
                        .anyMatch(spread -> spread.path("topologyKey").asText().equals("topology.kubernetes.io/zone")),
                "is not spread over zones");
        require(
                deployment,
                deployment.at("/spec/strategy/rollingUpdate/maxUnavailable").asInt(1) == 0,
                "a rollout takes replicas away before there are new ones");
        require(
                deployment,
                deployment.at("/spec/replicas").isMissingNode(),
                "says how many replicas there are, which is the ScaledObject's to say");
        hardenedPod(deployment, pod);
        pod.path("containers").forEach(container -> container(deployment, pod, container));
    }

    private void hardenedPod(Manifest deployment, JsonNode pod) {
        JsonNode security = pod.path("securityContext");
        require(
                deployment,
                security.path("runAsNonRoot").asBoolean()
                        && security.path("runAsUser").asInt() > 0,
                "may run as root");
        require(
                deployment,
                security.at("/seccompProfile/type").asText().equals("RuntimeDefault"),
                "has no seccomp profile");
        require(
                deployment,
                !pod.path("automountServiceAccountToken").asBoolean(true),
                "is given a token for Kubernetes, which it does not need");
        require(
                deployment,
                !pod.path("enableServiceLinks").asBoolean(true),
                "addresses of services reach it as settings");
        require(
                deployment,
                !pod.path("hostNetwork").asBoolean()
                        && !pod.path("hostPID").asBoolean()
                        && !pod.path("hostIPC").asBoolean(),
                "shares the node's namespaces");
        require(
                deployment,
                elements(pod.path("volumes")).noneMatch(volume -> volume.has("hostPath")),
                "mounts a path of the node");
        require(
                deployment,
                manifests
                        .find("ServiceAccount/" + pod.path("serviceAccountName").asText())
                        .isPresent(),
                "its service account is not there");
    }

    private void container(Manifest deployment, JsonNode pod, JsonNode container) {
        String image = container.path("image").asText();
        String tag = image.replaceFirst("^[^:]*", "");
        require(
                deployment,
                !tag.isEmpty() && !tag.equals(":latest"),
                "image %s has no tag that stays what it is".formatted(image));

        JsonNode security = container.path("securityContext");
        require(deployment, security.path("readOnlyRootFilesystem").asBoolean(), "can write into its root");
        require(
                deployment,
                !security.path("allowPrivilegeEscalation").asBoolean(true)
                        && !security.path("privileged").asBoolean()
                        && !security.path("runAsUser").asText().equals("0")
                        && security.path("runAsNonRoot").asBoolean(true),
                "may gain privileges");
        require(
                deployment,
                security.at("/capabilities/drop/0").asText().equals("ALL")
                        && security.at("/capabilities/add").isMissingNode(),
                "keeps capabilities");

        for (String resource : List.of("cpu", "memory")) {
            JsonNode request = container.at("/resources/requests/" + resource);
            JsonNode limit = container.at("/resources/limits/" + resource);
            require(
                    deployment,
                    !request.isMissingNode()
                            && !limit.isMissingNode()
                            && amount(request).compareTo(amount(limit)) <= 0,
                    "has no request of %s within a limit".formatted(resource));
        }

        List<String> arguments = Stream.concat(elements(container.path("command")), elements(container.path("args")))
                .map(JsonNode::asText)
                .toList();
        require(
                deployment,
                arguments.isEmpty() || arguments.contains(ENDS_WITHOUT_MEMORY),
                "lives on without memory: its arguments lack " + ENDS_WITHOUT_MEMORY);

        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            require(
                    deployment,
                    elements(container.path("ports")).anyMatch(port -> port.path("name")
                            .asText()
                            .equals(container
                                    .at("/%s/httpGet/port".formatted(probe))
                                    .asText())),
                    "the %s asks a port that is not there".formatted(probe));
        }
        require(
                deployment,
                pod.path("terminationGracePeriodSeconds").asInt(30)
                        >= container.at("/lifecycle/preStop/sleep/seconds").asInt()
                                + LONGEST_STOP_SECONDS
                                + MARGIN_SECONDS,
                "is killed before it may have left");
        references(deployment, pod, container);
    }

    /**
     * Settings come from elsewhere: nothing that is secret, or differs from place to place, stands in a manifest of
     * its.
     */
    private void references(Manifest deployment, JsonNode pod, JsonNode container) {
        require(
                deployment,
                elements(container.path("env")).noneMatch(variable -> variable.has("value")),
                "has a setting written into it");
        elements(container.path("envFrom"))
                .map(from -> from.at("/configMapRef/name").asText())
                .forEach(name -> require(
                        deployment,
                        manifests.find("ConfigMap/" + name).isPresent(),
                        "its ConfigMap %s is not there".formatted(name)));
        Set<String> volumes = new TreeSet<>();
        pod.path("volumes").forEach(volume -> volumes.add(volume.path("name").asText()));
        container
                .path("volumeMounts")
                .forEach(mount -> require(
                        deployment,
                        volumes.contains(mount.path("name").asText()),
                        "mounts a volume that is not there: "
                                + mount.path("name").asText()));
    }

    private void service(Manifest service) {
        JsonNode selector = service.at("/spec/selector");
        require(service, deploymentOf(selector).count() == 1, "selects no pods");
        service.at("/spec/ports")
                .forEach(port -> require(
                        service,
                        deploymentOf(selector)
                                .flatMap(deployment -> elements(deployment.at(POD + "/containers")))
                                .flatMap(container -> elements(container.path("ports")))
                                .anyMatch(target -> target.path("name").equals(port.path("targetPort"))),
                        "leads to a port that is not there"));
    }

    private void budget(Manifest budget) {
        require(
                budget,
                deploymentOf(budget.at("/spec/selector/matchLabels")).count() == 1,
                "is for pods that are not there");
        int least = manifests
                .of("ScaledObject")
                .mapToInt(scaled -> scaled.at("/spec/minReplicaCount").asInt())
                .min()
                .orElse(0);
        boolean someMayGo = budget.at("/spec/maxUnavailable").asInt() >= 1
                || (budget.at("/spec/minAvailable").isInt()
                        && budget.at("/spec/minAvailable").asInt() < least);
        require(budget, someMayGo, "no node with a replica could ever be drained");
        require(budget, least == 1 || budget.at("/spec/maxUnavailable").asInt() < least, "all replicas may go at once");
    }

    private void networkPolicy(Manifest policy) {
        require(
                policy,
                deploymentOf(policy.at("/spec/podSelector/matchLabels")).count() == 1,
                "is for pods that are not there");
        Set<String> types = new TreeSet<>();
        policy.at("/spec/policyTypes").forEach(type -> types.add(type.asText()));
        require(policy, types.equals(Set.of("Egress", "Ingress")), "leaves a direction open");
        Stream.concat(
                        elements(policy.at("/spec/ingress")).map(rule -> rule.path("from")),
                        elements(policy.at("/spec/egress")).map(rule -> rule.path("to")))
                .forEach(
                        peers -> require(policy, !peers.isEmpty(), "lets everybody in or out by a rule without peers"));
        manifests
                .of("Kafka")
                .flatMap(kafka -> elements(kafka.at("/spec/kafka/listeners")))
                .forEach(listener -> require(
                        policy,
                        elements(policy.at("/spec/egress"))
                                .flatMap(rule -> elements(rule.path("ports")))
                                .anyMatch(port -> port.path("port").asInt()
                                        == listener.path("port").asInt()),
                        "does not let it reach Kafka at " + listener.path("port")));
    }

    private void serviceMonitor(Manifest monitor) {
        Stream<Manifest> services = manifests
                .of("Service")
                .filter(service -> selects(monitor.at("/spec/selector/matchLabels"), service.at("/metadata/labels")));
        Set<String> ports = new TreeSet<>();
        services.flatMap(service -> elements(service.at("/spec/ports")))
                .forEach(port -> ports.add(port.path("name").asText()));
        monitor.at("/spec/endpoints")
                .forEach(endpoint -> require(
                        monitor, ports.contains(endpoint.path("port").asText()), "watches a port that no service has"));
    }

    private void scaledObject(Manifest scaled) {
        require(
                scaled,
                manifests
                        .find("Deployment/"
                                + scaled.at("/spec/scaleTargetRef/name").asText())
                        .isPresent(),
                "scales what is not there");
        int least = scaled.at("/spec/minReplicaCount").asInt();
        int most = scaled.at("/spec/maxReplicaCount").asInt();
        int partitions = manifests
                .of("KafkaTopic")
                .filter(topic -> topic.name().startsWith("sensors."))
                .mapToInt(topic -> topic.at("/spec/partitions").asInt())
                .max()
                .orElse(0);
        require(scaled, least >= 1 && least <= most, "may scale to nothing");
        require(scaled, most <= partitions, "more replicas than partitions: some would have nothing to read");
        JsonNode trigger = scaled.at("/spec/triggers/0/metadata");
        require(
                scaled,
                trigger.path("consumerGroup").asText().equals(consumerGroup),
                "goes by the lag of another group than ingest's");
        String namespace = scaled.at("/metadata/namespace").asText("telltale");
        require(
                scaled,
                isListener(trigger.path("bootstrapServers").asText().replace("." + namespace + ".svc", "")),
                "asks a Kafka that is not there");
    }

    private void topic(Manifest topic) {
        int brokers = manifests
                .of("KafkaNodePool")
                .filter(pool -> elements(pool.at("/spec/roles"))
                        .anyMatch(role -> role.asText().equals("broker")))
                .mapToInt(pool -> pool.at("/spec/replicas").asInt())
                .sum();
        int replicas = topic.at("/spec/replicas").asInt();
        require(topic, replicas <= brokers, "more replicas than there are brokers");
        require(
                topic,
                topic.at("/spec/config/min.insync.replicas").asInt(1) <= Math.max(1, replicas - 1),
                "cannot be written while one broker is away");
    }

    private void cluster(Manifest part) {
        String cluster = part.at("/metadata/labels/strimzi.io~1cluster").asText();
        require(part, manifests.find("Kafka/" + cluster).isPresent(), "is part of no Kafka that is there");
    }

    private void addresses(Manifest settings) {
        require(
                settings,
                isListener(settings.at("/data/KAFKA_BOOTSTRAP_SERVERS").asText()),
                "leads to a Kafka that is not there");
        require(
                settings,
                manifests
                        .of("CassandraDatacenter")
                        .anyMatch(datacenter -> settings.at("/data/QUARKUS_CASSANDRA_CONTACT_POINTS")
                                        .asText()
                                        .equals("%s-%s-service:9042"
                                                .formatted(
                                                        datacenter
                                                                .at("/spec/clusterName")
                                                                .asText(),
                                                        datacenter.name()))
                                && settings.at("/data/QUARKUS_CASSANDRA_LOCAL_DATACENTER")
                                        .asText()
                                        .equals(datacenter.name())),
                "leads to a Cassandra that is not there");
    }

    /** Whether it is the address that Strimzi gives to a listener that is there. */
    private boolean isListener(String address) {
        return manifests.of("Kafka").anyMatch(kafka -> elements(kafka.at("/spec/kafka/listeners"))
                .anyMatch(listener -> address.equals("%s-kafka-bootstrap:%d"
                        .formatted(kafka.name(), listener.path("port").asInt()))));
    }

    private Stream<Manifest> deploymentOf(JsonNode selector) {
        return manifests
                .of(DEPLOYMENT)
                .filter(deployment -> selects(selector, deployment.at("/spec/template/metadata/labels")));
    }

    private static boolean selects(JsonNode selector, JsonNode labels) {
        return !selector.isEmpty()
                && StreamSupport.stream(((Iterable<String>) selector::fieldNames).spliterator(), false)
                        .allMatch(label -> selector.get(label).equals(labels.get(label)));
    }

    private static Stream<JsonNode> elements(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static BigDecimal amount(JsonNode quantity) {
        return Quantity.parse(quantity.asText()).getNumericalAmount();
    }

    private void require(Manifest manifest, boolean holds, String sentence) {
        requirements.require(manifest, holds, sentence);
    }
}
