package io.telltale.local;

import static java.util.Map.entry;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/**
 * A service with small limits of queries and live streams, and with CORS open to one origin. One profile for all tests
 * that need other settings, since the service starts once for each profile.
 */
public final class SmallLimits implements QuarkusTestProfile {

    /** The origin whose scripts may read responses. */
    public static final String ORIGIN = "https://dashboard.example";

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.ofEntries(
                entry("quarkus.http.cors.origins", ORIGIN),
                entry("telltale.query.heavy", "2"),
                entry("telltale.query.waiting", "1"),
                entry("telltale.query.deadline", "4s"),
                entry("telltale.query.longest-range.page", "2h"),
                entry("telltale.query.longest-range.aggregates", "3h"),
                entry("telltale.query.longest-range.many", "90m"),
                entry("telltale.live.heartbeat", "1s"),
                entry("telltale.live.keep-tailing", "0s"),
                entry("telltale.live.subscribers-per-address", "4"),
                entry("telltale.live.replayed-readings", "20"));
    }
}
