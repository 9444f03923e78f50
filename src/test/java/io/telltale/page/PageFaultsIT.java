package io.telltale.page;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page shows when the service is killed and started again, and while Cassandra hangs. */
@Tag("servers")
@Tag("long")
class PageFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PILL = "#connection";
    private static final String HEADLINE = ".headline";
    private static final String VALUE = ".list .spacer .row:not([hidden]) .value";

    private static Browser browser;
    private static ServiceProcess service;

    @BeforeAll
    static void start(@TempDir Path directory) {
        browser = Browser.start();
        SharedStack stack = SharedStack.get();
        service = new ServiceProcess(ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .with("telltale.storage.keyspace", "telltale_page_faults")
                .with("mp.messaging.incoming.sensors.group.id", "telltale-page-faults"));
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

    @Test
    void continuesLiveAfterTheServiceWasRestarted() {
        post(20.5);
        browser.open(service.baseUrl() + "/#/fleet?type=page-faults");
        browser.awaitText(VALUE, "20.5");
        browser.awaitText(PILL, "Live");

        service.kill();
        browser.awaitText(PILL, "Not live since");
        assertThat(browser.text(VALUE)).as("the value before").isEqualTo("20.5");
        service.start();
        browser.awaitText(PILL, "Live");
        post(21.5);
        browser.awaitText(VALUE, "21.5");
        browser.leave();
    }

    @Test
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
