package io.telltale.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the page and its files are served: headers, compression, validation. On Vert.x alone. */
class PageRoutesTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static Vertx vertx;
    private static HttpServer server;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        Router router = Router.router(vertx);
        new PageRoutes().add(router);
        server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @AfterAll
    static void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void servesThePageWithItsHeaders() throws Exception {
        HttpResponse<String> page = get("/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).startsWith("<!doctype html>").contains("<title>Telltale</title>");
        assertThat(header(page, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(header(page, "Content-Security-Policy"))
                .contains("default-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'")
                .doesNotContain("unsafe");
        assertThat(header(page, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(page, "Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(header(page, "Cache-Control")).isEqualTo("no-cache");
        assertThat(header(page, "Vary")).isEqualToIgnoringCase("accept-encoding");
    }

    @Test
    void servesEachFile() throws Exception {
        for (Path file : PageFilesTest.files()) {
            String name = file.getFileName().toString();
            HttpResponse<String> answer = get("/page/" + name);
            assertThat(answer.statusCode()).as(name).isEqualTo(name.equals("index.html") ? 404 : 200);
            if (name.endsWith(".js")) {
                assertThat(header(answer, "Content-Type")).as(name).startsWith("text/javascript");
                assertThat(header(answer, "X-Content-Type-Options")).as(name).isEqualTo("nosniff");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"uPlot.esm.js", "uPlot.min.css"})
    void servesThePlotForALongTime(String name) throws Exception {
        HttpResponse<String> plot = get(PageFilesTest.plotPath(name));
        assertThat(plot.statusCode()).isEqualTo(200);
        assertThat(header(plot, "Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(header(plot, "Content-Security-Policy")).startsWith("default-src 'self'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            gzip             | true
            br, GZIP;q=0.5   | true
            gzip;q=0         | false
            br               | false
            """)
    void compressesForClientsThatAcceptIt(String accepted, boolean isGzipped) throws Exception {
        HttpResponse<String> style = get("/page/page.css", "Accept-Encoding", accepted);
        assertThat(header(style, "Content-Encoding")).isEqualTo(isGzipped ? "gzip" : "");
        int plainBytes = get("/page/page.css").body().length();
        assertThat(Integer.parseInt(header(style, "Content-Length")) < plainBytes / 2)
                .isEqualTo(isGzipped);
    }

    @Test
    void sendsAFileAgainOnlyIfItChanged() throws Exception {
        String tag = header(get("/page/main.js"), "ETag");
        HttpResponse<String> again = get("/page/main.js", "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(get("/page/main.js", "If-None-Match", "\"other\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void respondsToHeadWithoutABody() throws Exception {
        HttpRequest request =
                request("/").method("HEAD", HttpRequest.BodyPublishers.noBody()).build();
        HttpResponse<String> head = CLIENT.send(request, BodyHandlers.ofString());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(header(head, "Content-Length")).isEqualTo(header(get("/"), "Content-Length"));
    }

    /** They are left to the routes of the service, which answer a problem. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/index.html",
                "/page",
                "/page/",
                "/page/index.html",
                "/page/missing.js",
                "/page/..%2findex.html",
                "/page/%2e%2e/application.properties",
                "/page/nested/main.js",
                "/webjars/uplot/0.0.0/dist/uPlot.esm.js",
                "/webjars/uplot/../../../application.properties"
            })
    void leavesOtherPathsToOtherRoutes(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    private static HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path))
                .version(HttpClient.Version.HTTP_1_1);
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
