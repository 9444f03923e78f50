package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FingerprintTest {

    @Test
    void tellsApartHowTextsAreSplit() {
        assertThat(Fingerprint.of(List.of("ab", "c"))).isNotEqualTo(Fingerprint.of(List.of("a", "bc")));
        assertThat(Fingerprint.of(List.of("a", "b"))).isNotEqualTo(Fingerprint.of(List.of("b", "a")));
        assertThat(Fingerprint.of(List.of())).isNotEqualTo(Fingerprint.of(List.of("")));
        assertThat(Fingerprint.of(List.of("a"))).isEqualTo(Fingerprint.of(List.of("a")));
    }
}
