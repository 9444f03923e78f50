package io.telltale.store;

import io.telltale.sealing.KeyWrapping;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.Optional;

/** Stores of readings without sealed sensors, for tests that need more than the one of the service. */
final class UnsealedStore {

    private static final Vertx VERTX = Vertx.vertx();

    private UnsealedStore() {}

    /** Opens what is sealed, with no keyset. */
    static SealedReadings sealing(Database database, StoreConfig config, Shreddings shreddings) {
        KeyWrapping wrapping = new KeyWrapping(Optional.empty(), Optional.empty(), VERTX);
        return new SealedReadings(
                wrapping,
                new SensorKeys(new SensorKeyTable(database), wrapping, shreddings),
                SensorReplica.on(database, config).registry());
    }

    static ReadingStore on(Database database, Layouts layouts, StoreConfig config, Clock clock) {
        Shreddings shreddings = new Shreddings(clock);
        return on(database, layouts, config, clock, shreddings, sealing(database, config, shreddings));
    }

    static ReadingStore on(
            Database database,
            Layouts layouts,
            StoreConfig config,
            Clock clock,
            Shreddings shreddings,
            SealedReadings sealing) {
        Retention retention = new Retention(config, clock);
        BucketIndex buckets = new BucketIndex(database, layouts, retention, config);
        return new ReadingStore(
                database,
                buckets,
                retention,
                sealing,
                PackingFixture.lateWrites(database, clock),
                new FreshWriter(database, retention, clock),
                new RangeReader(
                        buckets,
                        layouts,
                        new DeletionLog(database, new NewDeletions(shreddings), config),
                        PackingFixture.readings(database, sealing, clock),
                        new FreshReadings(database, new History(database), clock)));
    }
}
