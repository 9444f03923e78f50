package io.telltale.bench;

/**
 * What a contestant has for itself, beside the servers that all share.
 *
 * @param topic where it reads
 * @param group its consumer group
 * @param keyspace where its tables are
 */
record Rig(String topic, String group, String keyspace) {

    static Rig of(Peer peer, String topic) {
        String purpose = topic.substring(topic.indexOf('.') + 1);
        return new Rig(
                topic,
                "bench-%s-%s".formatted(peer.label(), purpose),
                "bench_%s_%s".formatted(peer.label(), purpose).replace('-', '_'));
    }
}
