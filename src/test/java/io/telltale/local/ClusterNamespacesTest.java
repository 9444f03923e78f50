package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterNamespacesTest {

    @ParameterizedTest
    @ValueSource(strings = {"telltale-4711-12-3", "tt4711-12", "tt4711-12-3"})
    void findsTheOwnerInItsOwnNames(String name) {
        assertThat(ClusterNamespaces.ownerOf(name)).contains(4_711L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"telltale-4711", "telltale-x-1-1", "docker0", "tt4711", "tt4711-12-3-4", "attt4711-1", ""})
    void leavesOtherNamesAlone(String name) {
        assertThat(ClusterNamespaces.ownerOf(name)).isEmpty();
    }

    @Test
    void choosesAnotherNetworkIfOneIsInUse() {
        assertThat(ClusterNamespaces.unusedSubnet("", 7, 3)).isEqualTo("10.107.3");
        assertThat(ClusterNamespaces.unusedSubnet("10.107.3.0/24 dev br0 proto kernel", 7, 3))
                .isEqualTo("10.108.3");
    }

    @Test
    void failsIfAllNetworksAreInUse() {
        String all = IntStream.range(100, 200)
                .mapToObj(i -> "10.%d.3.0/24 dev br%d%n".formatted(i, i))
                .collect(Collectors.joining());
        assertThatThrownBy(() -> ClusterNamespaces.unusedSubnet(all, 7, 3))
                .isInstanceOf(LocalStackException.class)
                .hasMessageContaining("no unused network");
    }
}
