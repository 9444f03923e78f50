package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.settings.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Topics whose names begin like those of sensor topics. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class TopicNamesTest {

    @Test
    void reportsTopicsThatAppearAndAreNotRead() throws Exception {
        int number = SharedStack.get().nextNumber();
        List<String> names = List.of("sensors.air_quality" + number, "sensors.Temp" + number, "sensors.a.b" + number);
        double before = ignored();
        try (CapturedLog log = CapturedLog.by(IgnoredTopics.class);
                Admin admin = SharedStack.get().kafka().admin()) {
            names.forEach(name -> SharedStack.get().kafka().createTopic(name, 1, Map.of()));

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(ignored()).isEqualTo(before + 3));
            assertThat(log.lines()).hasSize(3).allMatch(line -> names.stream()
                    .anyMatch(name -> line.startsWith("topic=" + name + " is not read")));
            admin.deleteTopics(names).all().get(30, TimeUnit.SECONDS);
        }
    }

    private static double ignored() {
        ServiceMetrics metrics = new ServiceMetrics(
                given().accept("text/plain").get("/q/metrics").asString());
        assertThat(metrics.has("telltale_topics_ignored")).isTrue();
        return metrics.sum("telltale_topics_ignored");
    }
}
