package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import jakarta.inject.Inject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Unexpected failures on the tail's thread. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LiveFaultsTest {

    @Inject
    FragileDecoder decoder;

    @AfterEach
    void repair() {
        decoder.breakAt(null);
    }

    /** An error, not only an exception, must not end the tail: open streams would receive nothing more. */
    @Test
    void continuesBehindARecordThatFails() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("live-fault")) {
            String sensor = fleet.newSensor();
            String other = fleet.newSensor();
            try (EventStream stream = EventStream.open("/api/v1/readings/stream?sensor=" + sensor)) {
                fleet.send(sensor, "2026-01-01T00:00:00Z", 1);
                fleet.flush();
                assertThat(stream.nextData()).endsWith("\"value\":1}");
                decoder.breakAt(other);
                fleet.send(other, "2026-01-01T00:00:00Z", 0);
                fleet.flush();
                fleet.send(sensor, "2026-01-01T00:00:01Z", 2);
                fleet.flush();
                assertThat(stream.nextData()).endsWith("\"value\":2}");
            }
        }
    }
}
