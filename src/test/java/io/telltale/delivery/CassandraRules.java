package io.telltale.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;

/** No schema of cass-operator's is at hand. So by hand: which fields there may be, and that they fit together. */
final class CassandraRules {

    private static final Set<String> FIELDS = Set.of(
            "clusterName",
            "serverType",
            "serverVersion",
            "size",
            "racks",
            "users",
            "managementApiAuth",
            "storageConfig",
            "resources",
            "podTemplateSpec",
            "config");
    private static final Set<String> FIELDS_OF_A_RACK = Set.of("name", "nodeAffinityLabels");

    private CassandraRules() {}

    static List<String> problems(Manifests manifests) {
        Requirements requirements = new Requirements();
        manifests.of("CassandraDatacenter").forEach(datacenter -> check(datacenter, requirements));
        return requirements.broken();
    }

    private static void check(Manifest datacenter, Requirements requirements) {
        JsonNode spec = datacenter.at("/spec");
        spec.fieldNames()
                .forEachRemaining(field -> requirements.require(
                        datacenter, FIELDS.contains(field), "spec.%s is none of its fields".formatted(field)));
        int racks = spec.path("racks").size();
        int size = spec.path("size").asInt();
        requirements.require(
                datacenter, racks > 0 && size >= racks && size % racks == 0, "racks are not equal in number of nodes");
        spec.path("racks").forEach(rack -> rack.fieldNames()
                .forEachRemaining(field -> requirements.require(
                        datacenter, FIELDS_OF_A_RACK.contains(field), "%s is no field of a rack".formatted(field))));
        requirements.require(datacenter, spec.path("serverType").asText().equals("cassandra"), "is no Cassandra");
        requirements.require(
                datacenter,
                spec.path("serverVersion").asText().matches("5\\.\\d+\\.\\d+"),
                "serverVersion is no version 5 of Cassandra");
        requirements.require(
                datacenter,
                !spec.at("/storageConfig/cassandraDataVolumeClaimSpec/resources/requests/storage")
                        .isMissingNode(),
                "claims no storage");
        requirements.require(
                datacenter, !spec.at("/resources/limits/memory").isMissingNode(), "has no limit of memory");
        requirements.require(
                datacenter,
                size > 1
                        || spec.at("/config/cassandra-yaml/commitlog_sync")
                                .asText()
                                .equals("group"),
                "is a single node that acknowledges what is not on disk");
    }
}
