package io.telltale.query;

import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.SensorId;
import io.telltale.store.Deletion;
import java.util.List;

/** The deletions of one sensor, as the API shows them. */
public record DeletionsView(String sensorId, List<DeletedRange> deletions) {

    /**
     * One deletion.
     *
     * @param deletedAt when it was requested; readings that were recorded later are not deleted
     * @param from the first event time, inclusive
     * @param to the end of the event times, exclusive
     */
    public record DeletedRange(String deletedAt, String from, String to) {}

    static DeletionsView of(SensorId sensorId, List<Deletion> deletions) {
        return new DeletionsView(
                sensorId.value(),
                deletions.stream()
                        // A shredding belongs to an earlier sensor of the id.
                        .filter(deletion -> !deletion.isShredding())
                        .map(deletion -> new DeletedRange(
                                Rfc3339.format(deletion.deletedAtMillis()),
                                Rfc3339.format(deletion.fromMillis()),
                                Rfc3339.format(deletion.toMillis())))
                        .toList());
    }
}
