package io.telltale.query;

import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sensors that a request selects: by their ids, or by type, site or both.
 *
 * @param ids the ids, without duplicates and in the given order; empty if the request names none
 * @param type only sensors of this type, if given
 * @param site only sensors of this site, if given
 */
record SensorSelection(
        List<SensorId> ids,
        @Nullable SensorType type,
        @Nullable String site) {

    /** The highest number of sensors of one request. */
    static final int MAX_SENSORS = 1_000;

    /** The selection by parameters {@code sensor}, {@code type} and {@code site}; all sensors if none is given. */
    static SensorSelection of(Parameters parameters) {
        List<SensorId> ids = parameters.sensors(MAX_SENSORS);
        Optional<SensorType> type = parameters.type();
        Optional<String> site = parameters.site();
        if (!ids.isEmpty() && (type.isPresent() || site.isPresent())) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameter sensor is given, first '%s', and so is %s; expected either sensor, or type and site"
                                    .formatted(ids.get(0), filters(type, site)))
                    .exception();
        }
        return new SensorSelection(ids, type.orElse(null), site.orElse(null));
    }

    boolean areNamed() {
        return !ids.isEmpty();
    }

    boolean areAll() {
        return ids.isEmpty() && type == null && site == null;
    }

    /** The filters, for error details. */
    String filters() {
        return filters(Optional.ofNullable(type), Optional.ofNullable(site));
    }

    private static String filters(Optional<SensorType> type, Optional<String> site) {
        return Stream.of(type.map("type '%s'"::formatted), site.map("site '%s'"::formatted))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(" and "));
    }
}
