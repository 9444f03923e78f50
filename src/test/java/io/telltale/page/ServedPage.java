package io.telltale.page;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.restassured.RestAssured;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** The page of the service of the tests, in a browser for all tests of a class. */
abstract class ServedPage {

    static Browser browser;

    @BeforeAll
    static void start() {
        browser = Browser.start();
    }

    @BeforeEach
    void awaitService() {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> given().get("/q/health/started").statusCode() == 200);
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
    }

    static String origin() {
        return "http://127.0.0.1:" + RestAssured.port;
    }
}
