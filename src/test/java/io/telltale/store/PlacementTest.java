package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sealing.KeyWrapping;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout.Storage;
import io.telltale.store.Layout.Version;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlacementTest {

    private static final SensorType TYPE = new SensorType("temperature");
    private static final Layout SEGMENTS =
            new Layout(TYPE, List.of(new Version(1, Version.SINCE_EVER_MILLIS, 64, 900_000, Storage.SEGMENTS)));
    private static final Layout ROWS =
            new Layout(TYPE, List.of(new Version(1, Version.SINCE_EVER_MILLIS, 64, 900_000)));
    private static final SensorId ID = new SensorId("t-1");

    @Test
    void readingsAreInRowsWhereSomeAreSealed() {
        assertThat(placement(false, SEGMENTS)).isEqualTo(new Lane(TYPE, Lane.FIRST));
        assertThat(placement(true, SEGMENTS)).isEqualTo(SEGMENTS.partitionOf(ID, 0));
        assertThat(placement(false, ROWS)).isEqualTo(ROWS.partitionOf(ID, 0));
    }

    private static Placement placement(boolean isSealing, Layout layout) {
        return store(isSealing).placing(layout).placementOf(ID, 0);
    }

    private static ReadingStore store(boolean isSealing) {
        Database database = PackingFixture.disconnected();
        StoreSettings settings = StoreSettings.in("none");
        Clock clock = Clock.systemUTC();
        Shreddings shreddings = new Shreddings(clock);
        KeyWrapping wrapping = new KeyWrapping(Optional.empty(), Optional.empty(), Vertx.vertx());
        SealedReadings sealing =
                new SealedReadings(
                        wrapping,
                        new SensorKeys(new SensorKeyTable(database), wrapping, shreddings),
                        SensorReplica.on(database, settings).registry()) {
                    @Override
                    boolean isNeeded() {
                        return isSealing;
                    }
                };
        return UnsealedStore.on(database, new Layouts(database, settings, clock), settings, clock, shreddings, sealing);
    }
}
