package io.telltale.query;

import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Scope;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sensors that a request selects: by their ids, or by a filter.
 *
 * @param ids the ids, without duplicates and in the given order; empty if the request names none
 * @param filter the filter; without conditions if the request names ids
 * @param scope only sensors that exist for the caller
 */
record SensorSelection(List<SensorId> ids, SensorFilter filter, Scope scope) {

    /** The highest number of sensors of one request. */
    static final int MAX_SENSORS = 1_000;

    /**
     * The selection by parameters {@code sensor}, {@code type}, {@code site} and {@code label.<name>}; all sensors if
     * none is given.
     */
    static SensorSelection of(Parameters parameters) {
        SensorSelection selection =
                new SensorSelection(parameters.sensors(MAX_SENSORS), parameters.sensorFilter(), parameters.scope());
        if (selection.areNamed() && !selection.filter.isEmpty()) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            ("parameter sensor is given, first '%s', and so is %s; expected either sensor, or type, "
                                            + "site and labels")
                                    .formatted(selection.ids.get(0), selection.filters()))
                    .exception();
        }
        return selection;
    }

    /** The selection of an endpoint that has no parameter {@code sensor}. */
    static SensorSelection filter(Parameters parameters) {
        return new SensorSelection(List.of(), parameters.sensorFilter(), parameters.scope());
    }

    /** Like {@link #of}, for requests that must not select all sensors. */
    static SensorSelection required(Parameters parameters) {
        SensorSelection selection = of(parameters);
        if (selection.areAll()) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameters sensor, type, site and label.<name> are missing; expected sensor, or any of "
                                    + "the others")
                    .exception();
        }
        return selection;
    }

    boolean areNamed() {
        return !ids.isEmpty();
    }

    boolean areAll() {
        return ids.isEmpty() && filter.isEmpty();
    }

    /** The only type of the selected sensors, if a filter states it. */
    @Nullable
    SensorType type() {
        return filter.type();
    }

    /** The filters, for error details. */
    String filters() {
        return Stream.concat(
                        Stream.of(
                                        Optional.ofNullable(filter.type()).map("type '%s'"::formatted),
                                        Optional.ofNullable(filter.site()).map("site '%s'"::formatted))
                                .flatMap(Optional::stream),
                        filter.labels().entrySet().stream()
                                .map(label -> "label.%s '%s'".formatted(label.getKey(), Excerpt.of(label.getValue()))))
                .collect(Collectors.joining(" and "));
    }
}
