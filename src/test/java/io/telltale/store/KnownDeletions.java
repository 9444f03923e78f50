package io.telltale.store;

import io.telltale.sensors.SensorId;
import java.util.List;

/** Makes deletions known, for tests of other packages. */
public final class KnownDeletions {

    private KnownDeletions() {}

    /** A deletion of some readings of a sensor becomes known, as the first. */
    public static void replace(NewDeletions deletions, SensorId sensorId) {
        deletions.replace(new Deletions(List.of(new Deletion(sensorId, 1, 0, 1))));
    }
}
