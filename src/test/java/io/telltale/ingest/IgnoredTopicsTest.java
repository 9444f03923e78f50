package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.kafka.TopicAdmin;
import io.telltale.settings.CapturedLog;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IgnoredTopicsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    /** Never asked. */
    private final Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:1"));

    private final IgnoredTopics topics = new IgnoredTopics(new TopicAdmin(admin), registry);

    @AfterEach
    void close() {
        admin.close();
    }

    @Test
    void warnsOfEachTopicByName() {
        try (CapturedLog log = CapturedLog.by(IgnoredTopics.class)) {
            topics.report(Set.of(
                    "sensors.air_quality",
                    "sensors.Temp",
                    "sensors.a.b",
                    "sensors.",
                    "sensors.temp",
                    "sensor-dead-letters",
                    "x"));

            assertThat(log.lines())
                    .hasSize(4)
                    .anySatisfy(line -> assertThat(line)
                            .isEqualTo(
                                    "topic=sensors.air_quality is not read: 'air_quality' is no sensor type; expected"
                                            + " a small letter, then up to 62 small letters, digits or -; send to a topic with"
                                            + " such a name"))
                    .anyMatch(line -> line.startsWith("topic=sensors.Temp is not read"))
                    .anyMatch(line -> line.startsWith("topic=sensors.a.b is not read"))
                    .anyMatch(line -> line.startsWith("topic=sensors. is not read"));
            assertThat(registry.get("telltale.topics.ignored").gauge().value()).isEqualTo(4);
        }
    }

    @Test
    void warnsAgainOnlyIfATopicWasGone() {
        try (CapturedLog log = CapturedLog.by(IgnoredTopics.class)) {
            topics.report(List.of("sensors.A"));
            topics.report(List.of("sensors.A", "sensors.B"));
            topics.report(List.of("sensors.B"));
            assertThat(topics.count()).isEqualTo(1);
            topics.report(List.of("sensors.A", "sensors.B"));

            assertThat(log.lines())
                    .extracting(line -> line.substring(0, "topic=sensors.A".length()))
                    .containsExactly("topic=sensors.A", "topic=sensors.B", "topic=sensors.A");
        }
    }

    @Test
    void boundsTheLinesOfTheLog() {
        try (CapturedLog log = CapturedLog.by(IgnoredTopics.class)) {
            topics.report(IntStream.range(0, 150).mapToObj(i -> "sensors.A" + i).toList());

            assertThat(log.lines()).hasSize(101).contains("50 more topics are not read for the same reason");
            assertThat(topics.count()).isEqualTo(150);
        }
    }
}
