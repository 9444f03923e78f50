package io.telltale.page;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.simulate.FaultShares;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the page shows of an empty fleet, of a simulated one, when the service is killed and started again, and while
 * Cassandra hangs.
 */
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

    /** All of them fit into the window. */
    private static final int SIMULATED = 12;

    /** The values in the rows of the list, by sensor. */
    private static final String SHOWN = """
            return Object.fromEntries([...document.querySelectorAll('.list .spacer .row:not([hidden])')]
              .map(row => [row.querySelector('.id').textContent, row.querySelector('.value').title]));
            """;

    /** The newest values as the API has them. */
    private static final String STORED = """
            const { readings } = await (await fetch('api/v1/readings/latest?site=berlin-1')).json();
            return Object.fromEntries(readings.map(({ sensorId, value }) => [sensorId, String(value)]));
            """;

    /** No service, then one without its session with Cassandra: the page asks again. */
    private static final Pattern RESTARTED = Pattern.compile(Browser.NO_CONNECTION.pattern() + "| status of 503 ");

    private static final Pattern CAUSED = Pattern.compile(RESTARTED.pattern() + "|/api/v1/sensors/[a-z0-9-]+ .* 404 ");

    private static final Clock CLOCK = Clock.systemUTC();

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
        FreshGroup.skipExistingRecords(GROUP);
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
        browser.assertQuietBut(service.baseUrl(), RESTARTED);
        browser.leave();
    }

    /** Its records are late, repeated, corrected, out of order and malformed, and the service is killed meanwhile. */
    @Test
    @Order(3)
    void showsTheNewestValuesOfASimulatedFleet() {
        SimulationSettings settings = SimulationSettings.of(SIMULATED, CLOCK.instant())
                .withSites(1)
                .withRatePerSensor(5)
                .withFaults(new FaultShares(0.3, 0.05, 0.05, 0.1, 0.05));
        try (Simulation fleet = new Simulation(SharedStack.get().kafka().bootstrapServers(), settings, CLOCK)) {
            fleet.start();
            browser.open(service.baseUrl() + "/#/fleet?site=berlin-1");
            browser.awaitText(".view .summary", SIMULATED + " sensors");
            browser.awaitText(PILL, "Live");
            service.kill();
            browser.awaitText(PILL, "Not live since");
            service.start();
            browser.awaitText(PILL, "Live");
        }
        await().atMost(LIMIT).untilAsserted(() -> {
            Map<?, ?> stored = (Map<?, ?>) browser.run(STORED);
            assertThat(stored).hasSize(SIMULATED);
            assertThat(browser.run(SHOWN)).isEqualTo(stored);
        });
        browser.assertQuietBut(service.baseUrl(), CAUSED);
        browser.leave();
    }

    @Test
    @Order(4)
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
