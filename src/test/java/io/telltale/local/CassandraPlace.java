package io.telltale.local;

import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * Where a node of Cassandra is, in the network and in its cluster.
 *
 * @param launcher what to write before its command, to run it in its namespace; empty in the root namespace
 * @param dataCenter its data center
 * @param rack its rack
 * @param address a loopback address, or one in its namespace
 * @param nativePort of CQL
 * @param storagePort between nodes, the same on all nodes of a cluster
 * @param tlsStoragePort likewise
 * @param seeds the addresses of the nodes that are asked for the others
 * @param token where its range ends
 */
record CassandraPlace(
        List<String> launcher,
        String dataCenter,
        String rack,
        String address,
        int nativePort,
        int storagePort,
        int tlsStoragePort,
        List<String> seeds,
        long token) {

    CassandraPlace {
        launcher = List.copyOf(launcher);
        seeds = List.copyOf(seeds);
    }

    /** The only node of a cluster. */
    static CassandraPlace alone() {
        return onLoopback(ClusterPlan.ring(1)).get(0);
    }

    /** On 127.0.0.1, 127.0.0.2 and so on, all with the same ports. */
    static List<CassandraPlace> onLoopback(ClusterPlan plan) {
        List<String> addresses =
                plan.nodes().stream().map(node -> "127.0.0." + node.number()).toList();
        return places(
                plan,
                addresses,
                List.of(FreePorts.next(addresses), FreePorts.next(addresses), FreePorts.next(addresses)),
                number -> List.of());
    }

    /** On addresses of their own, so with Cassandra's usual ports. */
    static List<CassandraPlace> inNamespaces(ClusterPlan plan, ClusterNamespaces namespaces) {
        return places(
                plan,
                plan.nodes().stream()
                        .map(node -> namespaces.address(node.number()))
                        .toList(),
                List.of(9042, 7000, 7001),
                namespaces::launcher);
    }

    /**
     * All nodes are seeds: nodes that start together then find each other at once. With one seed, the others would wait
     * for it, and it alone for half a minute first.
     */
    private static List<CassandraPlace> places(
            ClusterPlan plan, List<String> addresses, List<Integer> ports, IntFunction<List<String>> launcher) {
        return plan.nodes().stream()
                .map(node -> new CassandraPlace(
                        launcher.apply(node.number()),
                        node.dataCenter(),
                        node.rack(),
                        addresses.get(node.number() - 1),
                        ports.get(0),
                        ports.get(1),
                        ports.get(2),
                        addresses,
                        node.token()))
                .toList();
    }

    /** The {@code cassandra-rackdc.properties} of a node here. */
    String rackProperties() {
        return "dc=%s%nrack=%s%n".formatted(dataCenter, rack);
    }

    /** Whether it is the only node. */
    boolean isAlone() {
        return seeds.size() == 1;
    }

    /** The {@code cassandra.yaml} of a node here. */
    String yaml(Path data, CommitLogSync commitLogSync) {
        String quoted = data.toString().replace("'", "''");
        String seedList = seeds.stream().map(seed -> seed + ":" + storagePort).collect(Collectors.joining(","));
        return """
                cluster_name: telltale
                num_tokens: 1
                initial_token: '%1$d'
                partitioner: org.apache.cassandra.dht.Murmur3Partitioner
                endpoint_snitch: GossipingPropertyFileSnitch
                dynamic_snitch: false
                seed_provider:
                  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
                    parameters: [{seeds: '%2$s'}]
                listen_address: %3$s
                rpc_address: %3$s
                storage_port: %4$d
                ssl_storage_port: %5$d
                native_transport_port: %6$d
                data_file_directories: ['%7$s/data']
                commitlog_directory: '%7$s/commitlog'
                saved_caches_directory: '%7$s/saved_caches'
                hints_directory: '%7$s/hints'
                cdc_raw_directory: '%7$s/cdc_raw'
                hints_flush_period: 1s
                %8$s
                commitlog_segment_size: 16MiB
                storage_compatibility_mode: NONE
                sstable: {selected_format: bti}
                memtable: {configurations: {default: {class_name: TrieMemtable}}}
                memtable_allocation_type: heap_buffers
                auto_snapshot: false
                auto_bootstrap: false
                concurrent_compactors: 1
                batch_size_warn_threshold: 128KiB
                batch_size_fail_threshold: 1024KiB
                """.formatted(
                token, seedList, address, storagePort, tlsStoragePort, nativePort, quoted, commitLogSync.yaml());
    }
}
