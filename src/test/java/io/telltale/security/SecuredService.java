package io.telltale.security;

import static java.util.Map.entry;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.telltale.local.LocalStackResource;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Path;
import java.util.Map;

/** A service with security on: tokens by a public key, API keys, and sealed sensors. */
public final class SecuredService implements QuarkusTestProfile {

    static final int REQUESTS_PER_CALLER = 8;

    static final String EXPIRED_KEY = "the-key-that-has-expired";
    /** The origin whose scripts may read responses. */
    static final String ORIGIN = "https://dashboard.example";

    static final String READER_KEY = "the-key-of-a-reader";

    @Override
    public Map<String, String> getConfigOverrides() {
        TestCredentials.writeFile(defaultFile());
        return Map.ofEntries(
                entry("telltale.security.enabled", "true"),
                entry("quarkus.http.cors.origins", ORIGIN),
                entry("telltale.security.api-keys", TestCredentials.keyFile().toString()),
                entry("quarkus.oidc.public-key", TestCredentials.publicKey()),
                entry("quarkus.oidc.token.issuer", TestCredentials.ISSUER),
                entry("quarkus.oidc.token.audience", TestCredentials.AUDIENCE),
                entry("telltale.security.sealed", "type:sealed-type,site:sealed-site-*,sensor:sealed-*"),
                entry("telltale.security.keyset", TestCredentials.keysetFile().toString()),
                // Half of them is for one caller.
                entry("telltale.query.heavy", "2"),
                entry("telltale.query.waiting", "2"),
                entry("telltale.security.requests-per-caller", Integer.toString(REQUESTS_PER_CALLER)),
                // Tests of streams end them soon.
                entry("telltale.live.heartbeat", "1s"));
    }

    /**
     * The settings of the packaged service, like those of this profile.
     *
     * @param group of its consumer
     */
    static ServiceSettings packaged(Path directory, String group) {
        return packagedUndecided(directory, group).withAll(new SecuredService().getConfigOverrides());
    }

    /** The same without a decision about security, on which the service does not start. */
    static ServiceSettings packagedUndecided(Path directory, String group) {
        SharedStack stack = SharedStack.get();
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .secured()
                .withAll(new LocalStackResource().start())
                .without("quarkus.http.test-port")
                .with("mp.messaging.incoming.sensors.group.id", group);
    }

    static String defaultFile() {
        return TestCredentials.file(
                TestCredentials.entry("reader", READER_KEY, "reader"),
                TestCredentials.entry("expired", EXPIRED_KEY, "admin").put("expires", "2026-01-01T00:00:00Z"));
    }
}
