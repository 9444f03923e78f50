package io.telltale.store;

import java.time.Clock;

/** The sensor classes of one replica, with caches of its own. Several on one cluster act as several replicas. */
record SensorReplica(
        SensorRegistry registry, SensorLists lists, MetadataUpdates updates, SensorChangePoller changePoller) {

    static SensorReplica on(Database database, StoreConfig config) {
        Clock clock = Clock.systemUTC();
        SensorTable table = new SensorTable(database);
        SensorListEntries entries = new SensorListEntries(database);
        SensorCache cache = new SensorCache();
        SensorChanges changes = new SensorChanges(database, clock);
        SensorRegistry registry = new SensorRegistry(table, cache, new SensorRegistrar(table, entries, cache, config));
        return new SensorReplica(
                registry,
                new SensorLists(database, registry, entries, clock),
                new MetadataUpdates(database, registry, entries, changes, clock),
                new SensorChangePoller(changes, registry, cache));
    }
}
