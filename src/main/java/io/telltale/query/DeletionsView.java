package io.telltale.query;

import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.SensorId;
import io.telltale.store.Deletion;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What was deleted of a sensor. */
@Schema(
        name = "Deletions",
        requiredProperties = {"sensorId", "deletions"})
public record DeletionsView(@Schema(ref = "SensorId") String sensorId, List<DeletedRange> deletions) {

    /**
     * One deletion.
     *
     * @param deletedAt the moment of the delete: what was recorded later is there
     * @param from the first event time, inclusive
     * @param to the end of the event times, exclusive
     */
    @Schema(
            name = "DeletedRange",
            requiredProperties = {"deletedAt", "from", "to"})
    public record DeletedRange(
            @Schema(ref = "Moment") String deletedAt,
            @Schema(ref = "Moment") String from,
            @Schema(ref = "Moment") String to) {}

    static DeletionsView of(SensorId sensorId, List<Deletion> deletions) {
        return new DeletionsView(
                sensorId.value(),
                deletions.stream()
                        .map(deletion -> new DeletedRange(
                                Rfc3339.format(deletion.deletedAtMillis()),
                                Rfc3339.format(deletion.fromMillis()),
                                Rfc3339.format(deletion.toMillis())))
                        .toList());
    }
}
