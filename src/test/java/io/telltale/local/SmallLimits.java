package io.telltale.local;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/**
 * A service with small limits of queries and live streams. One profile for all tests that need such limits, since the
 * service starts once for each profile.
 */
public final class SmallLimits implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "telltale.query.heavy", "2",
                "telltale.query.waiting", "1",
                "telltale.query.deadline", "4s",
                "telltale.query.longest-range.page", "2h",
                "telltale.query.longest-range.aggregates", "3h",
                "telltale.query.longest-range.many", "90m",
                "telltale.live.heartbeat", "1s",
                "telltale.live.keep-tailing", "0s",
                "telltale.live.subscribers-per-address", "4",
                "telltale.live.replayed-readings", "20");
    }
}
