package io.telltale.local;

/** When Cassandra acknowledges a write. */
public enum CommitLogSync {

    /**
     * When it is on disk; writes within 5 ms share a sync. A node that is killed loses nothing it acknowledged, so this
     * is what a single node needs.
     */
    GROUP("commitlog_sync: group\ncommitlog_sync_group_window: 5ms"),

    /**
     * When it is on disk; the first write that waits begins a sync. As durable, and faster for one write at a time, as
     * most tests send them. Under load each sync holds fewer writes.
     */
    BATCH("commitlog_sync: batch"),

    /** When it is in memory, synced every 10 s. For a ring, which promises by its replicas. */
    PERIODIC("commitlog_sync: periodic\ncommitlog_sync_period: 10s");

    private final String yaml;

    CommitLogSync(String yaml) {
        this.yaml = yaml;
    }

    String yaml() {
        return yaml;
    }
}
