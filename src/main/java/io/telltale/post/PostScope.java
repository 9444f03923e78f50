package io.telltale.post;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.ForbiddenElements;
import io.telltale.api.RegisteredSensors;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.wire.DecodeResult.Accepted;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides which posted readings the caller may send. The registered sensor must be in the scope, and so must the
 * reading: it can name another type, and can move its sensor to another site.
 */
final class PostScope {

    private static final int CONCURRENT_LOOKUPS = 16;

    private final Scope scope;
    private final RegisteredSensors sensors;
    private final ForbiddenElements forbidden;

    PostScope(Scope scope, RegisteredSensors sensors, ForbiddenElements forbidden) {
        this.scope = scope;
        this.sensors = sensors;
        this.forbidden = forbidden;
    }

    /** The elements with those outside the scope rejected, in the same order. Completes on any thread. */
    Uni<List<PostedElement>> checked(List<PostedElement> elements) {
        if (scope.isEverything()) {
            return Uni.createFrom().item(elements);
        }
        return registered(elements).map(registered -> elements.stream()
                .map(element -> checked(element, registered))
                .toList());
    }

    /** The registered sensors by id. Looked up only if the scope depends on them. */
    private Uni<Map<SensorId, Sensor>> registered(List<PostedElement> elements) {
        if (!scope.hasSites() && !scope.hasTypes()) {
            return Uni.createFrom().item(Map.of());
        }
        Set<SensorId> ids = elements.stream()
                .map(PostedElement::accepted)
                .filter(Objects::nonNull)
                .map(accepted -> accepted.reading().sensorId())
                .collect(Collectors.toSet());
        return Multi.createFrom()
                .iterable(ids)
                .onItem()
                .transformToUni(sensors::find)
                .merge(CONCURRENT_LOOKUPS)
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .asMap(Sensor::id);
    }

    private PostedElement checked(PostedElement element, Map<SensorId, Sensor> registered) {
        Accepted accepted = element.accepted();
        if (accepted == null
                || isAllowed(accepted, registered.get(accepted.reading().sensorId()))) {
            return element;
        }
        forbidden.add(accepted.reading().sensorId().value());
        return element.forbidden();
    }

    private boolean isAllowed(Accepted accepted, @Nullable Sensor sensor) {
        Reading reading = accepted.reading();
        if (sensor == null) {
            return isAllowed(reading, accepted.description());
        }
        return scope.allows(sensor) && isAllowed(reading, sensor.describedBy(accepted.description()));
    }

    private boolean isAllowed(Reading reading, Description description) {
        return scope.allows(reading.sensorId(), reading.type(), description.site());
    }
}
