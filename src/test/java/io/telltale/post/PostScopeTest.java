package io.telltale.post;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.telltale.api.ForbiddenElements;
import io.telltale.sensors.Description;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.sensors.SensorType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PostScopeTest {

    private static final SensorId A = new SensorId("a");
    private static final Scope SITE = new Scope(List.of("plant-1"), null, null);

    private final List<SensorId> lookups = new ArrayList<>();

    @Test
    void looksUpSensorsOnlyIfTheScopeHasSitesOrTypes() {
        assertThat(isAllowed(new Scope(null, null, List.of("a")), null, null)).isTrue();
        assertThat(isAllowed(new Scope(null, null, List.of("b")), null, null)).isFalse();
        assertThat(lookups).isEmpty();
        assertThat(isAllowed(SITE, null, "plant-1")).isTrue();
        assertThat(lookups).containsExactly(A);
    }

    @Test
    void bothTheRegisteredAndThePostedTypeMustBeWithin() {
        Scope boilers = new Scope(null, List.of("boiler"), null);
        assertThat(isAllowed(boilers, null, null)).isTrue();
        assertThat(isAllowed(boilers, registered("plant-1", null), null)).isTrue();
        Sensor pump = new Sensor(A, new SensorType("pump"), Description.NONE);
        assertThat(isAllowed(boilers, pump, null)).isFalse();
    }

    @Test
    void bothTheRegisteredAndTheNewSiteMustBeWithin() {
        assertThat(isAllowed(SITE, registered("plant-1", null), null)).isTrue();
        assertThat(isAllowed(SITE, registered("plant-1", null), "plant-2")).isFalse();
        assertThat(isAllowed(SITE, registered("plant-2", null), "plant-1")).isFalse();
        assertThat(isAllowed(SITE, registered(null, null), "plant-1")).isFalse();
        assertThat(isAllowed(SITE, null, null)).isFalse();
        // A site that was assigned stays, whatever readings say.
        assertThat(isAllowed(SITE, registered("plant-2", "plant-1"), "plant-2")).isTrue();
        assertThat(isAllowed(SITE, registered("plant-1", "plant-2"), "plant-1")).isFalse();
    }

    private static Sensor registered(@Nullable String reported, @Nullable String assigned) {
        return new Sensor(
                A,
                new SensorType("boiler"),
                Description.of(null, reported),
                new SensorMetadata(Description.of(null, assigned), null, Map.of(), null));
    }

    private boolean isAllowed(Scope scope, @Nullable Sensor registered, @Nullable String site) {
        String json = "{\"sensorId\":\"a\",\"type\":\"boiler\",\"timestamp\":1769817600000,\"value\":1%s}"
                .formatted(site == null ? "" : ",\"site\":\"" + site + "\"");
        PostedElement element =
                new PostedReadingValidator().validate(json.getBytes(StandardCharsets.UTF_8), 1_769_817_600_000L);
        ForbiddenElements forbidden = ForbiddenElements.ofCurrentRequest();
        PostScope post = new PostScope(
                scope,
                id -> {
                    lookups.add(id);
                    return Uni.createFrom().item(Optional.ofNullable(registered));
                },
                forbidden);
        boolean isAllowed =
                post.checked(List.of(element)).await().indefinitely().get(0).accepted() != null;
        assertThat(forbidden.count()).isEqualTo(isAllowed ? 0 : 1);
        assertThat(forbidden.first()).isEqualTo(isAllowed ? null : "a");
        return isAllowed;
    }
}
