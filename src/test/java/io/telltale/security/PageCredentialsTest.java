package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.page.Browser;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The page in a real browser, on a service that wants a credential. Skipped without Chromium. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class PageCredentialsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Long enough for a page to load and to follow its stream. */
    private static final int SECONDS_VALID = 12;

    private static final String PILL = "#connection";
    private static final String HEADLINE = ".headline";
    private static final String REASON = "#sign-in-reason";
    private static final String VALUE = ".list .spacer .row:not([hidden]) .value";

    /** More than the tolerance of clocks. */
    private static final int SECONDS_EXPIRED = 600;

    /** What the browser logs of the requests that make the page ask, or say what the caller may not see. */
    private static final Pattern REFUSED = Pattern.compile("/api/v1/.* 40[13] ");

    private static Browser browser;

    @BeforeAll
    static void start() {
        browser = Browser.start();
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void asksForATokenAndAgainWhenItExpires() {
        post(20.5);
        String origin = "http://127.0.0.1:" + RestAssured.port;
        browser.open(origin + "/#/fleet?type=page-credentials");
        browser.awaitText(REASON, "credential");
        browser.assertAccessible();
        assertThat(browser.text("main")).doesNotContain("page-credentials-1", "20.5");
        Map<String, Object> claims = TestCredentials.claims("reader");
        claims.put("exp", System.currentTimeMillis() / 1_000 + SECONDS_VALID);
        signIn(TestCredentials.signed(claims));
        browser.awaitText(VALUE, "20.5");
        browser.awaitText(PILL, "Live");

        browser.awaitText(PILL, "Not live since");
        browser.awaitText(REASON, "expired");
        post(21.5);
        signIn(TestCredentials.token("reader"));
        browser.awaitText(PILL, "Live");
        browser.awaitText(VALUE, "21.5");
        browser.assertQuietBut(origin, REFUSED);
        browser.run("sessionStorage.clear();");
        browser.leave();
    }

    @Test
    void statesWhatTheCallerMayNotSee() {
        String origin = "http://127.0.0.1:" + RestAssured.port;
        browser.open(origin + "/#/service");
        browser.awaitText(REASON, "credential");
        browser.click("#sign-in button[value=cancel]");
        browser.awaitText(HEADLINE, "A credential is needed: ");
        assertThat(browser.text(PILL)).isEqualTo("No credential");

        keep(TestCredentials.token("reader"));
        browser.open(origin + "/#/service");
        browser.awaitText(HEADLINE, "Everything answers");
        browser.awaitText(".service", "The service shows the addresses of nodes to other roles than yours.");
        browser.awaitText(".letters .summary", "You may not see dead letters: ");

        Map<String, Object> claims = TestCredentials.claims("reader");
        claims.put("exp", System.currentTimeMillis() / 1_000 - SECONDS_EXPIRED);
        keep(TestCredentials.signed(claims));
        browser.open(origin + "/#/service");
        browser.awaitText(REASON, "expired");
        browser.click("#sign-in button[value=cancel]");
        browser.awaitText(HEADLINE, "Your credential ended: ");
        browser.assertQuietBut(origin, REFUSED);
        browser.run("sessionStorage.clear();");
        browser.leave();
    }

    /** As if the viewer had entered it in this tab. */
    private static void keep(String token) {
        browser.run("sessionStorage.setItem('telltale.credential', 'Bearer %s');".formatted(token));
    }

    private static void signIn(String token) {
        browser.click("#sign-in option[value=Bearer]");
        browser.type("#sign-in input[name=secret]", token);
        browser.click("#sign-in button[value=use]");
    }

    /** Returns when the reading is the newest. */
    private static void post(double value) {
        Map<String, String> admin = bearer(TestCredentials.token("admin"));
        Map<String, String> json = new HashMap<>(admin);
        json.put("Content-Type", "application/json");
        String body =
                "{\"sensorId\":\"page-credentials-1\",\"type\":\"page-credentials\",\"timestamp\":%d,\"value\":%s}"
                        .formatted(System.currentTimeMillis(), value);
        await().atMost(LIMIT).untilAsserted(() -> assertThat(SecuredClient.send("POST", "/api/v1/readings", json, body)
                        .status())
                .isEqualTo(202));
        await().atMost(LIMIT).untilAsserted(() -> assertThat(
                        SecuredClient.get("/api/v1/sensors/page-credentials-1/readings/latest", admin)
                                .body())
                .contains("\"value\":" + value));
    }
}
