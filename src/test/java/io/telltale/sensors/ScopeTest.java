package io.telltale.sensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ScopeTest {

    @Test
    void allowsEverythingWithoutLists() {
        assertThat(Scope.EVERYTHING.isEverything()).isTrue();
        assertThat(allows(Scope.EVERYTHING, "a", "boiler", null)).isTrue();
    }

    @Test
    void entriesAreAlternativesAndListsConditions() {
        Scope scope = new Scope(List.of("plant-1", "plant-2"), List.of("boiler"), null);
        assertThat(scope.isEverything()).isFalse();
        assertThat(allows(scope, "a", "boiler", "plant-1")).isTrue();
        assertThat(allows(scope, "a", "boiler", "plant-2")).isTrue();
        assertThat(allows(scope, "a", "door", "plant-1")).isFalse();
        assertThat(allows(scope, "a", "boiler", "plant-3")).isFalse();
    }

    @Test
    void aSensorWithoutASiteIsAtNoAllowedSite() {
        assertThat(allows(new Scope(List.of("plant-1"), null, null), "a", "boiler", null))
                .isFalse();
        assertThat(allows(new Scope(List.of("*"), null, null), "a", "boiler", null))
                .isFalse();
        assertThat(allows(new Scope(List.of("*"), null, null), "a", "boiler", "anywhere"))
                .isTrue();
    }

    @Test
    void aStarAtTheEndIsAPrefixAndAnywhereElseLiteral() {
        Scope scope = new Scope(null, null, List.of("boiler-*", "d*r"));
        assertThat(allows(scope, "boiler-7", "t", null)).isTrue();
        assertThat(allows(scope, "boiler-", "t", null)).isTrue();
        assertThat(allows(scope, "boiler", "t", null)).isFalse();
        assertThat(allows(scope, "my-boiler-7", "t", null)).isFalse();
        assertThat(allows(scope, "door", "t", null)).isFalse();
        assertThat(allows(scope, "BOILER-7", "t", null)).isFalse();
    }

    @Test
    void anEmptyListAllowsNothing() {
        assertThat(allows(new Scope(null, null, List.of()), "a", "boiler", "plant-1"))
                .isFalse();
    }

    private static boolean allows(Scope scope, String id, String type, @Nullable String site) {
        return scope.allows(new SensorId(id), new SensorType(type), site);
    }
}
