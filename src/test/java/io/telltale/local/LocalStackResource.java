package io.telltale.local;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/**
 * Gives a {@code @QuarkusTest} or {@code @QuarkusIntegrationTest} the {@link SharedStack}, and the keyspace that all
 * of them share there, as a service that is started again finds its own: {@code
 * @WithTestResource(LocalStackResource.class)}. Making a dozen tables for each test class would take longer than most.
 */
public final class LocalStackResource implements QuarkusTestResourceLifecycleManager {

    @Override
    public Map<String, String> start() {
        SharedStack stack = SharedStack.get();
        return Map.of(
                "kafka.bootstrap.servers",
                stack.kafka().bootstrapServers(),
                "quarkus.cassandra.contact-points",
                stack.cassandra().contactPoint(),
                "telltale.storage.keyspace",
                "telltale_it",
                // Tests make topics all the time; the packaged service knows no profile for tests.
                "mp.messaging.incoming.sensors.metadata.max.age.ms",
                "200",
                // The records of a new topic wait for the end of a request for those of others.
                "mp.messaging.incoming.sensors.fetch.max.wait.ms",
                "50",
                // One type with a retention of its own. No profile, since the service starts once for each.
                "telltale.storage.retention.kept-for-a-day",
                "1d",
                "quarkus.http.test-port",
                "0");
    }

    @Override
    public void stop() {
        // The stack serves the next test too, and ends with the JVM.
    }
}
