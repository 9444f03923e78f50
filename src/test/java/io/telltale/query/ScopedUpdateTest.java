package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.sensors.Description;
import io.telltale.sensors.MetadataUpdate;
import io.telltale.sensors.MetadataUpdate.Field;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.sensors.SensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ScopedUpdateTest {

    private static final SensorId ID = new SensorId("a");
    private static final Scope MINE = new Scope(List.of("mine"), null, null);
    private static final MetadataUpdate NAME =
            new MetadataUpdate(Set.of(Field.NAME), new SensorMetadata(Description.NONE, "boiler", Map.of(), null));

    private static Sensor sensor(String reported, @Nullable String assigned) {
        return new Sensor(
                ID,
                new SensorType("t"),
                Description.of(null, reported),
                new SensorMetadata(Description.of(null, assigned), null, Map.of(), null));
    }

    private static MetadataUpdate site(@Nullable String site) {
        return new MetadataUpdate(
                Set.of(Field.SITE), new SensorMetadata(Description.of(null, site), null, Map.of(), null));
    }

    private static void assertProblem(ProblemCode code, ThrowingCallable action) {
        assertThatThrownBy(action).isInstanceOfSatisfying(ProblemException.class, thrown -> assertThat(
                        thrown.problem().code())
                .isEqualTo(code));
    }

    @Test
    void aSensorThatLeftTheScopeIsUnknown() {
        ScopedUpdate update = new ScopedUpdate(ID, MINE, NAME);
        update.requireAllowed(sensor("mine", null));
        update.requireAllowed(sensor("other", "mine"));
        assertProblem(ProblemCode.SENSOR_UNKNOWN, () -> update.requireAllowed(sensor("other", null)));
        assertProblem(ProblemCode.SENSOR_UNKNOWN, () -> update.requireAllowed(sensor("mine", "other")));
        assertThat(update.visible(Optional.of(sensor("mine", null)))).isEqualTo(sensor("mine", null));
        assertProblem(ProblemCode.SENSOR_UNKNOWN, () -> update.visible(Optional.of(sensor("mine", "other"))));
        assertProblem(ProblemCode.SENSOR_UNKNOWN, () -> update.visible(Optional.empty()));
    }

    @Test
    void noSensorIsMovedOutOfTheScope() {
        new ScopedUpdate(ID, MINE, site("mine")).requireAllowed(sensor("other", "mine"));
        assertProblem(ProblemCode.FORBIDDEN, () -> new ScopedUpdate(ID, MINE, site("other")));
        ScopedUpdate removal = new ScopedUpdate(ID, MINE, site(null));
        removal.requireAllowed(sensor("mine", "mine"));
        assertProblem(ProblemCode.FORBIDDEN, () -> removal.requireAllowed(sensor("other", "mine")));
    }

    @Test
    void aCallerWithoutAScopeMayMoveEverySensor() {
        ScopedUpdate update = new ScopedUpdate(ID, Scope.EVERYTHING, site(null));
        update.requireAllowed(sensor("other", "mine"));
        assertThat(update.visible(Optional.of(sensor("other", null)))).isEqualTo(sensor("other", null));
        new ScopedUpdate(ID, Scope.EVERYTHING, site("anywhere"));
    }
}
