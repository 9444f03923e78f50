package io.telltale.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a node of Cassandra is, in the network and in its ring.
 *
 * @param address a loopback address
 * @param nativePort of CQL
 * @param storagePort between nodes, the same on all nodes of a ring
 * @param tlsStoragePort likewise
 * @param seeds the addresses of the nodes that are asked for the others
 * @param token where its range ends
 */
record CassandraPlace(
        String address, int nativePort, int storagePort, int tlsStoragePort, List<String> seeds, long token) {

    /** Equal shares of all tokens, so that no node needs to ask others which to take. */
    private static final List<Long> TOKENS_OF_THREE =
            List.of(Long.MIN_VALUE, -3_074_457_345_618_258_603L, 3_074_457_345_618_258_602L);

    CassandraPlace {
        seeds = List.copyOf(seeds);
    }

    static CassandraPlace alone() {
        return new CassandraPlace(
                FreePorts.LOOPBACK,
                FreePorts.next(),
                FreePorts.next(),
                FreePorts.next(),
                List.of(FreePorts.LOOPBACK),
                Long.MIN_VALUE);
    }

    /**
     * Three places, on 127.0.0.1, 127.0.0.2 and 127.0.0.3. All are seeds: nodes that start together then find each other
     * at once. Were one the only seed, the others would have to wait for it, and it alone for half a minute first.
     */
    static List<CassandraPlace> ring() {
        List<String> addresses = List.of(FreePorts.LOOPBACK, "127.0.0.2", "127.0.0.3");
        int nativePort = FreePorts.next(addresses);
        int storagePort = FreePorts.next(addresses);
        int tlsStoragePort = FreePorts.next(addresses);
        List<CassandraPlace> places = new ArrayList<>();
        for (int i = 0; i < addresses.size(); i++) {
            places.add(new CassandraPlace(
                    addresses.get(i), nativePort, storagePort, tlsStoragePort, addresses, TOKENS_OF_THREE.get(i)));
        }
        return places;
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
                endpoint_snitch: %9$s
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
                token,
                seedList,
                address,
                storagePort,
                tlsStoragePort,
                nativePort,
                quoted,
                commitLogSync.yaml(),
                // Of a ring it is asked what one node has: with this snitch a node that has the row asks itself.
                isAlone() ? "SimpleSnitch" : "GossipingPropertyFileSnitch");
    }
}
