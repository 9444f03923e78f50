package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An application under test, in class loaders of its own, meets the shared stack. */
@Tag("servers")
@Tag("long")
@Tag("endurance")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LocalStackResourceTest {

    @Test
    void theApplicationIsPointedAtTheStackOfTheTest() {
        assertThat(configured("kafka.bootstrap.servers"))
                .isEqualTo(SharedStack.get().kafka().bootstrapServers());
        assertThat(configured("telltale.storage.keyspace")).isEqualTo("telltale_it");
    }

    @Test
    void theServersAnswerATestToo() {
        SharedStack.get().kafka().createTopic("seen-by-a-test", 1, Map.of());
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            assertThat(session.execute("SELECT release_version FROM system.local")
                            .one())
                    .isNotNull();
        }
    }

    @Test
    void aServerCanBeKilledAndStartedAgainFromATest() {
        KafkaBroker kafka = SharedStack.get().kafka();
        kafka.kill();
        assertThat(kafka.isAlive()).isFalse();
        kafka.start();
        assertThat(kafka.isAlive()).isTrue();
    }

    private static String configured(String key) {
        return ConfigProvider.getConfig().getValue(key, String.class);
    }
}
