package io.telltale.local;

import java.nio.file.Path;

/**
 * Where a node of Cassandra is, in the network and in its ring.
 *
 * @param address a loopback address
 * @param nativePort of CQL
 * @param storagePort between nodes, the same on all nodes of a ring
 * @param tlsStoragePort likewise
 * @param seed the address of the node that the others ask
 * @param token where its range ends
 * @param isAlone whether it is the only node
 */
record CassandraPlace(
        String address, int nativePort, int storagePort, int tlsStoragePort, String seed, long token, boolean isAlone) {

    static CassandraPlace alone() {
        return new CassandraPlace(
                FreePorts.LOOPBACK,
                FreePorts.next(),
                FreePorts.next(),
                FreePorts.next(),
                FreePorts.LOOPBACK,
                Long.MIN_VALUE,
                true);
    }

    /** The {@code cassandra.yaml} of a node here. */
    String yaml(Path data, CommitLogSync commitLogSync) {
        String quoted = data.toString().replace("'", "''");
        return """
                cluster_name: telltale
                num_tokens: 1
                initial_token: '%1$d'
                partitioner: org.apache.cassandra.dht.Murmur3Partitioner
                endpoint_snitch: SimpleSnitch
                dynamic_snitch: false
                seed_provider:
                  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
                    parameters: [{seeds: '%2$s:%4$d'}]
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
                        token, seed, address, storagePort, tlsStoragePort, nativePort, quoted, commitLogSync.yaml());
    }
}
