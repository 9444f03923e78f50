package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Streams come and go, and the tail with them. */
@QuarkusTest
@TestProfile(WatchedLightlyTest.QuickTail.class)
@WithTestResource(LocalStackResource.class)
class WatchedLightlyTest {

    /** Heartbeats as often as can be, and no tail without a watcher. */
    public static final class QuickTail implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("telltale.live.heartbeat", "1s", "telltale.live.keep-tailing", "0s");
        }
    }

    @Test
    void aQuietStreamHasAHeartbeat() throws Exception {
        try (EventStream stream = EventStream.open("/api/v1/readings/stream?sensor=nobody")) {
            assertThat(stream.nextComment(Duration.ofSeconds(1))).isEqualTo(" watching");
            for (int beat = 0; beat < 3; beat++) {
                assertThat(stream.nextComment(Duration.ofSeconds(10))).isEqualTo(" ");
            }
        }
    }

    /** The tail stops with the last stream, and the next one may come while it is stopping. */
    @Test
    void aStreamThatComesWhenTheLastOneGoesMissesNothing() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("live")) {
            String sensorId = fleet.newSensor();
            for (int i = 0; i < 40; i++) {
                try (EventStream stream = EventStream.open("/api/v1/readings/stream?sensor=" + sensorId)) {
                    fleet.send(sensorId, "2026-03-01T12:00:00Z", i);
                    fleet.flush();
                    assertThat(stream.nextData()).contains("\"value\":" + i + "}");
                }
            }
        }
    }
}
