package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class QueryFingerprintTest {

    @Test
    void dependsOnTheSplitOfTexts() {
        assertThat(QueryFingerprint.of(List.of("ab", "c"))).isNotEqualTo(QueryFingerprint.of(List.of("a", "bc")));
        assertThat(QueryFingerprint.of(List.of("a", "b"))).isNotEqualTo(QueryFingerprint.of(List.of("b", "a")));
        assertThat(QueryFingerprint.of(List.of())).isNotEqualTo(QueryFingerprint.of(List.of("")));
        assertThat(QueryFingerprint.of(List.of("a"))).isEqualTo(QueryFingerprint.of(List.of("a")));
    }
}
