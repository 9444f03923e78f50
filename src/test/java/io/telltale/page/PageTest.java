package io.telltale.page;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.api.RawHttp;
import io.telltale.local.LocalStackResource;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service serves the page and its files, with their headers. Other paths remain problems. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PageTest {

    @Test
    void servesThePageWithItsHeaders() {
        Response page = given().get("/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.contentType()).isEqualTo("text/html; charset=utf-8");
        assertThat(page.asString()).startsWith("<!doctype html>").contains("<title>Telltale</title>");
        assertThat(page.header("Content-Security-Policy"))
                .contains("default-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'")
                .doesNotContain("unsafe");
        assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(page.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(page.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(page.header("Vary")).isEqualToIgnoringCase("accept-encoding");
    }

    @Test
    void servesEachFile() throws Exception {
        for (Path file : PageFilesTest.files()) {
            String name = file.getFileName().toString();
            if (name.equals("index.html")) {
                continue;
            }
            Response answer = given().get("/page/" + name);
            assertThat(answer.statusCode()).as(name).isEqualTo(200);
            assertThat(answer.header("X-Content-Type-Options")).as(name).isEqualTo("nosniff");
            assertThat(answer.contentType())
                    .as(name)
                    .startsWith(name.endsWith(".js") ? "text/javascript" : name.endsWith(".css") ? "text/css" : "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"uPlot.esm.js", "uPlot.min.css"})
    void servesThePlotForALongTime(String name) throws Exception {
        given().get(PageFilesTest.plotPath(name))
                .then()
                .statusCode(200)
                .header("Cache-Control", equalTo("public, max-age=31536000, immutable"))
                .header("Content-Security-Policy", startsWith("default-src 'self'"));
    }

    @Test
    void compressesForClientsThatAcceptIt() throws Exception {
        String plain = "GET /page/page.css HTTP/1.1\r\nHost: localhost\r\n";
        String gzipped =
                RawHttp.exchange(RestAssured.port, plain + "Accept-Encoding: br, GZIP\r\nConnection: close\r\n\r\n");
        String refused =
                RawHttp.exchange(RestAssured.port, plain + "Accept-Encoding: gzip;q=0\r\nConnection: close\r\n\r\n");
        assertThat(gzipped.toLowerCase(Locale.ROOT)).contains("content-encoding: gzip");
        assertThat(refused.toLowerCase(Locale.ROOT)).doesNotContain("content-encoding");
        assertThat(gzipped.length()).isLessThan(refused.length() / 2);
    }

    @Test
    void isSentAgainOnlyIfItChanged() {
        String tag = given().get("/page/main.js").header("ETag");
        assertThat(tag).startsWith("\"").endsWith("\"");
        Response again = given().header("If-None-Match", tag).get("/page/main.js");
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.asString()).isEmpty();
        assertThat(given().header("If-None-Match", "\"other\"")
                        .get("/page/main.js")
                        .statusCode())
                .isEqualTo(200);
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
                "/page/application.properties",
                "/page/..%2findex.html",
                "/page/%2e%2e/%2e%2e/%2e%2e/application.properties",
                "/page/nested/main.js",
                "/webjars/uplot/0.0.0/dist/uPlot.esm.js"
            })
    void answersAProblemForOtherPaths(String path) {
        given().urlEncodingEnabled(false)
                .get(path)
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
