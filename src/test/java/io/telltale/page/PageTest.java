package io.telltale.page;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page among the other routes of the service: other paths and methods remain problems. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PageTest {

    @Test
    void servesThePageAndItsFiles() throws Exception {
        given().get("/")
                .then()
                .statusCode(200)
                .contentType("text/html; charset=utf-8")
                .header("Content-Security-Policy", startsWith("default-src 'self'"))
                .body(containsString("<title>Telltale</title>"));
        given().get("/page/main.js").then().statusCode(200).header("X-Content-Type-Options", equalTo("nosniff"));
        given().get(PageFilesTest.plotPath("uPlot.esm.js"))
                .then()
                .statusCode(200)
                .header("Cache-Control", containsString("immutable"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nothing",
                "/index.html",
                "/page",
                "/page/",
                "/page/index.html",
                "/page/missing.js",
                "/webjars/uplot/0.0.0/dist/uPlot.esm.js"
            })
    void answersAProblemForOtherPaths(String path) {
        given().get(path)
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:telltale:problem:not-found"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
    void takesNoOtherMethod(String method) {
        given().request(method, "/").then().statusCode(404).contentType("application/problem+json");
    }
}
