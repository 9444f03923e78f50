package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BoundsTest {

    @Test
    void acceptsAValueOnABound() {
        assertThat(Bounds.within("key", 1, 1, 3)).isEqualTo(1);
        assertThat(Bounds.within("key", 3, 1, 3)).isEqualTo(3);
        assertThat(Bounds.within("key", 1L, 1L, 3L)).isEqualTo(1L);
        assertThat(Bounds.within("key", 3L, 1L, 3L)).isEqualTo(3L);
        assertThat(Bounds.within("key", ofMillis(1), ofMillis(1), ofMillis(3))).isEqualTo(ofMillis(1));
        assertThat(Bounds.within("key", ofMillis(3), ofMillis(1), ofMillis(3))).isEqualTo(ofMillis(3));
    }

    @Test
    void rejectsAValueOutsideTheBounds() {
        assertThatThrownBy(() -> Bounds.within("telltale.storage.shards", 0, 1, 3))
                .hasMessage("telltale.storage.shards is 0; expected a whole number from 1 to 3");
        assertThatThrownBy(() -> Bounds.within("telltale.ingest.held-bytes", 4L, 1L, 3L))
                .hasMessage("telltale.ingest.held-bytes is 4; expected a whole number from 1 to 3");
        assertThatThrownBy(() -> Bounds.within("telltale.ingest.linger", ofMillis(0), ofMillis(1), ofMillis(3)))
                .hasMessage("telltale.ingest.linger is PT0S; expected a duration from PT0.001S to PT0.003S");
        assertThatThrownBy(() -> Bounds.within("telltale.ingest.linger", ofMillis(4), ofMillis(1), ofMillis(3)))
                .hasMessage("telltale.ingest.linger is PT0.004S; expected a duration from PT0.001S to PT0.003S");
        assertThatThrownBy(() -> Bounds.require(false, "telltale.storage.keyspace", "9", "a name"))
                .hasMessage("telltale.storage.keyspace is 9; expected a name");
    }

    private static Duration ofMillis(long millis) {
        return Duration.ofMillis(millis);
    }
}
