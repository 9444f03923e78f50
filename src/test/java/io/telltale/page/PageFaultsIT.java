package io.telltale.page;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What the page shows of an empty fleet, when the service is killed and started again, and while Cassandra hangs. */
@Tag("servers")
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PageFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PILL = "#connection";
    private static final String HEADLINE = ".headline";
    private static final String GROUP = "telltale-page-faults";
    private static final String VALUE = ".list .spacer .row:not([hidden]) .value";

    /** The stream reports a sensor before it is registered. */
    private static final Pattern NOT_REGISTERED = Pattern.compile("/sensors/page-faults-0 .* 404 ");

    private static Browser browser;
    private static ServiceProcess service;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        browser = Browser.start();
        SharedStack stack = SharedStack.get();
        service = new ServiceProcess(ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .with("telltale.storage.keyspace", "telltale_page_faults")
                .with("mp.messaging.incoming.sensors.group.id", GROUP));
        skipRecordsOfOtherTests();
        service.start();
    }

    @AfterAll
    static void close() {
        if (service != null) {
            service.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    /** The first of all: the keyspace has no sensor yet. */
    @Test
    @Order(1)
    void explainsAnEmptyFleetAndShowsItsFirstReading() throws IOException, InterruptedException {
        browser.open(service.baseUrl() + "/#/fleet");
        browser.awaitText(".empty", "No sensors yet");
        // Of a type that no other test sends.
        String command = browser.text(".empty code")
                .replace("boiler-7", "page-faults-0")
                .replace("\"temperature\"", "\"page-faults\"");
        Process shell = new ProcessBuilder("sh", "-c", command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8)).contains("\"accepted\":1");
        assertThat(shell.waitFor()).isZero();
        browser.awaitText(VALUE, "81.5");
        browser.awaitText(".list", "plant-2");
        assertThat(browser.text(".list")).contains("page-faults-0");
        assertThat(browser.text(".empty")).isEmpty();
        browser.assertQuietBut(service.baseUrl(), NOT_REGISTERED);
        browser.leave();
    }

    /** Other tests use the same Kafka. */
    private static void skipRecordsOfOtherTests() throws Exception {
        try (Admin admin = SharedStack.get().kafka().admin()) {
            List<String> topics = admin.listTopics().names().get().stream()
                    .filter(name -> name.startsWith("sensors."))
                    .toList();
            Map<String, TopicDescription> described =
                    admin.describeTopics(topics).allTopicNames().get();
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            described.forEach((name, topic) -> topic.partitions()
                    .forEach(one -> latest.put(new TopicPartition(name, one.partition()), OffsetSpec.latest())));
            Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
            admin.listOffsets(latest).all().get().forEach((partition, end) -> {
                String topicId = Objects.requireNonNull(described.get(partition.topic()))
                        .topicId()
                        .toString();
                ends.put(partition, new OffsetAndMetadata(end.offset(), topicId));
            });
            admin.alterConsumerGroupOffsets(GROUP, ends).all().get();
        }
    }

    @Test
    @Order(2)
    void continuesLiveAfterTheServiceWasRestarted() {
        post(20.5);
        browser.open(service.baseUrl() + "/#/fleet?type=page-faults");
        browser.awaitText(".list", "20.5");
        browser.awaitText(PILL, "Live");

        service.kill();
        browser.awaitText(PILL, "Not live since");
        assertThat(browser.text(".list")).as("the value before").contains("20.5");
        service.start();
        browser.awaitText(PILL, "Live");
        post(21.5);
        browser.awaitText(".list", "21.5");
        browser.assertQuietBut(service.baseUrl(), Browser.NO_CONNECTION);
        browser.leave();
    }

    @Test
    @Order(3)
    void showsThatCassandraHangs() {
        browser.open(service.baseUrl() + "/#/service");
        browser.awaitText(HEADLINE, "Everything answers");
        SharedStack.get().cassandra().pause();
        try {
            browser.awaitText(HEADLINE, "Cassandra does not answer since 2");
            assertThat(browser.text(PILL)).as("the state of the page").isEqualTo("Live");
        } finally {
            SharedStack.get().cassandra().resume();
        }
        browser.awaitText(HEADLINE, "Everything answers");
        browser.assertQuiet(service.baseUrl());
        browser.leave();
    }

    /** Returns when the reading is the newest. */
    private static void post(double value) {
        String body = "{\"sensorId\":\"page-faults-1\",\"type\":\"page-faults\",\"timestamp\":%d,\"value\":%s}"
                .formatted(System.currentTimeMillis(), value);
        String root = service.baseUrl() + "/api/v1/";
        await().atMost(LIMIT).untilAsserted(() -> given().contentType("application/json")
                .body(body)
                .post(root + "readings")
                .then()
                .statusCode(202));
        await().atMost(LIMIT).untilAsserted(() -> assertThat(given().get(root + "sensors/page-faults-1/readings/latest")
                        .asString())
                .contains("\"value\":" + value));
    }
}
