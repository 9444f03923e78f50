package io.telltale.store;

import java.time.Clock;

/** The sensor classes of one replica, with caches of its own. Several on one cluster act as several replicas. */
record SensorReplica(
        SensorRegistry registry,
        SensorCache cache,
        SensorLists lists,
        FilterValues values,
        LabeledSensors labeled,
        MetadataUpdates updates,
        SensorChangePoller changePoller,
        SensorIndex index) {

    static SensorReplica on(Database database, StoreConfig config) {
        Clock clock = Clock.systemUTC();
        SensorTable table = new SensorTable(database);
        SensorListEntries entries = new SensorListEntries(database);
        Shreddings shreddings = new Shreddings(clock);
        SensorCache cache = new SensorCache(shreddings);
        SensorChanges changes = new SensorChanges(database, clock);
        SensorRegistry registry =
                new SensorRegistry(table, cache, new SensorRegistrar(table, entries, cache, shreddings, config));
        SensorIndex index = new SensorIndex(database, entries);
        OutdatedListEntries outdated = new OutdatedListEntries(database, entries);
        // Its time stands still: once a test has polled, a slow machine makes no difference.
        RareLabels rare = new RareLabels(shreddings, () -> 0);
        SensorLists lists = new SensorLists(database, registry, index, outdated, rare, clock);
        LabeledSensors labeled = new LabeledSensors(lists, shreddings);
        return new SensorReplica(
                registry,
                cache,
                lists,
                new FilterValues(database, registry, lists, entries, outdated, index, clock),
                labeled,
                new MetadataUpdates(database, registry, entries, changes, rare, clock),
                new SensorChangePoller(changes, registry, cache, labeled, rare),
                index);
    }
}
