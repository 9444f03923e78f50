package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.RawHttp.Answer;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The guard in front of a router of its own, over real connections. */
class RequestGuardTest {

    private static final String HOST = "Host: localhost\r\n";
    private static final String CLOSE = HOST + "Connection: close\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";
    private static final String HELLO = "5\r\nhello\r\n0\r\n\r\n";

    private final Vertx vertx = Vertx.vertx();
    private final List<String> handled = new CopyOnWriteArrayList<>();
    private int port;

    @BeforeEach
    void listen() throws Exception {
        Router router = Router.router(vertx);
        new RequestGuard().guard(router);
        router.route("/refused")
                .handler(context -> RequestGuard.refuse(
                        context, Problem.of(ProblemCode.UNAVAILABLE, "the issuer does not answer")));
        router.route().handler(this::echo);
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                        .setMaxInitialLineLength(131_072)
                        .setMaxHeaderSize(131_072)
                        .setInitialSettings(new Http2Settings().setMaxHeaderListSize(262_144)))
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    @AfterEach
    void close() {
        vertx.close();
    }

    private void echo(RoutingContext context) {
        context.request().body().onSuccess(body -> {
            handled.add(context.request().uri() + "=" + body);
            context.response()
                    .putHeader("content-type", "text/plain")
                    .end(Buffer.buffer("got ").appendBuffer(body));
        });
    }

    @Test
    void letsAValidRequestPass() throws Exception {
        String chunked = "POST /a HTTP/1.1\r\n" + HOST + CHUNKED + "\r\n" + HELLO;
        String last = "POST /b HTTP/1.1\r\n" + CLOSE + "Content-Length: 2\r\n\r\nhi";
        assertThat(RawHttp.statuses(RawHttp.exchange(port, chunked + chunked + last)))
                .containsExactly(200, 200, 200);
        assertThat(handled).containsExactly("/a=hello", "/a=hello", "/b=hi");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    GET /x?site=%zz          | has '%zz' at character 9; expected % and two hexadecimal digits
                    GET /x?site={plant}      | has '{' at character 9; expected it percent-encoded, as %7B
                    GET /x/%                 | has '%' at character 4
                    GET //                   | '//' is not valid
                    GET /x?a=b^c             | has '^' at character 7; expected it percent-encoded, as %5E
                    """, quoteCharacter = '"')
    void namesTheInvalidCharacterOfAUrl(String request, String detail) throws Exception {
        assertRefused(RawHttp.exchange(port, request + " HTTP/1.1\r\n" + CLOSE + "\r\n"), 400, "bad-request", detail);
    }

    @Test
    void saysWhenToRetryWhatIsUnavailable() throws Exception {
        Answer refused = RawHttp.http2(port, HttpMethod.GET, "/refused");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.headers()).containsEntry("retry-after", "5");
        assertThat(RawHttp.http2(port, HttpMethod.GET, "/x{y}").headers()).doesNotContainKey("retry-after");
    }

    @Test
    void refusesAUrlOverSixtyFourKibibytes() throws Exception {
        assertThat(RawHttp.statuses(RawHttp.exchange(
                        port, "GET /" + "x".repeat((64 << 10) - 1) + " HTTP/1.1\r\n" + CLOSE + "\r\n")))
                .containsExactly(200);
        assertRefused(
                RawHttp.exchange(port, "GET /" + "x".repeat(64 << 10) + " HTTP/1.1\r\n" + CLOSE + "\r\n"),
                414,
                "uri-too-long",
                "the URL has 65537 characters; expected at most 65536");
        Answer http2 = RawHttp.http2(port, HttpMethod.GET, "/" + "x".repeat(64 << 10));
        assertThat(http2.status()).isEqualTo(414);
        assertThat(http2.body()).contains("uri-too-long");
        assertThat(RawHttp.http2(port, HttpMethod.GET, "/" + "x".repeat(60_000)).status())
                .isEqualTo(200);
    }

    @Test
    void refusesHeadersOverSixtyFourKibibytes() throws Exception {
        String large = "X-Large: " + "x".repeat(70_000) + "\r\n";
        assertRefused(
                RawHttp.exchange(port, "GET /x HTTP/1.1\r\n" + large + CLOSE + "\r\n"),
                431,
                "headers-too-large",
                "the headers have 70");
        Answer http2 = RawHttp.http2(port, HttpMethod.GET, "/x", "x-large", "x".repeat(70_000));
        assertThat(http2.status()).isEqualTo(431);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                            | header Host is missing
                    Host: a b/c                   | header Host is 'a b/c'
                    Host:                         | header Host is ''
                    Host: a%zz                    | header Host is 'a%zz'
                    Host: a:b                     | header Host is 'a:b'
                    Host: user@a                  | header Host is 'user@a'
                    Host: a\\r\\nHost: a          | header Host occurs 2 times
                    """)
    void refusesABadHost(String host, String detail) throws Exception {
        String lines = host.isEmpty() ? "" : host.replace("\\r\\n", "\r\n") + "\r\n";
        String answer = RawHttp.exchange(port, "GET /x HTTP/1.1\r\nConnection: close\r\n" + lines + "\r\n");
        assertRefused(answer, 400, "bad-request", detail + "; expected a host with an optional port");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1:8080", "[::1]:8080", "telltale_1.example", "xn--mnchen-3ya.de"})
    void acceptsAHost(String host) throws Exception {
        String answer = RawHttp.exchange(port, "GET /x HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        assertThat(RawHttp.statuses(answer)).containsExactly(200);
    }

    @Test
    void needsNoHostInHttp10() throws Exception {
        assertThat(RawHttp.exchange(port, "GET /x HTTP/1.0\r\n\r\n")).contains(" 200 ");
    }

    @Test
    void refusesATargetThatIsNoPath() throws Exception {
        assertRefused(RawHttp.exchange(port, "OPTIONS * HTTP/1.1\r\n" + CLOSE + "\r\n"), 404, "not-found", "'*'");
    }

    /** The first of two requests on one connection is refused; what follows is never read as a request. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Content-Length: 5             | 5\\r\\nhello\\r\\n0\\r\\n\\r\\n
                    Content-Length:5              | 5\\r\\nhello\\r\\n0\\r\\n\\r\\n
                    content-length:    5          | 5\\r\\nhello\\r\\n0\\r\\n\\r\\n
                    X: y                          | xyz\\r\\nhello\\r\\n0\\r\\n\\r\\n
                    X: y                          | -5\\r\\nhello\\r\\n0\\r\\n\\r\\n
                    X: y                          | 5\\r\\nhello, too long\\r\\n0\\r\\n\\r\\n
                    X: y                          | fffffffffffffffff\\r\\nhello\\r\\n0\\r\\n\\r\\n
                    Transfer-Encoding: chunked    | 5\\r\\nhello\\r\\n0\\r\\n\\r\\n
                    """)
    void refusesABodyWithoutAKnownEndAndCloses(String header, String body) throws Exception {
        String first = "POST /a HTTP/1.1\r\n" + HOST + CHUNKED + "A: b\r\n" + unescaped(header) + "\r\n\r\n";
        String second = "POST /smuggled HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n";
        String answer = RawHttp.exchange(port, first + unescaped(body) + second);
        assertRefused(answer, 400, "bad-request", "");
        assertThat(answer.toLowerCase(Locale.ROOT)).contains("connection: close");
        assertThat(handled).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip, chunked", "identity", "xchunked", "chunked, gzip"})
    void refusesAnotherTransferCoding(String coding) throws Exception {
        String request = "POST /a HTTP/1.1\r\n" + HOST + "Transfer-Encoding: " + coding + "\r\n\r\n" + HELLO;
        assertRefused(RawHttp.exchange(port, request), 400, "bad-request", "Transfer-Encoding is '" + coding + "'");
        assertThat(handled).isEmpty();
    }

    /** Header lines without a space hide the length among many lines: then the connection closes after the response. */
    @Test
    void closesWhereALengthMayBeHidden() throws Exception {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            many.append('X').append(i).append(":y\r\n");
        }
        String first = "POST /a HTTP/1.1\r\n" + HOST + CHUNKED + many + "Content-Length: 5\r\n\r\n" + HELLO;
        String answer = RawHttp.exchange(port, first + "POST /smuggled HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(RawHttp.statuses(answer)).containsExactly(200);
        assertThat(handled).containsExactly("/a=hello");
    }

    @Test
    void keepsAConnectionWithFewHeadersOpen() throws Exception {
        StringBuilder some = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            some.append('X').append(i).append(": y\r\n");
        }
        String first = "POST /a HTTP/1.1\r\n" + HOST + CHUNKED + some + "\r\n" + HELLO;
        assertThat(RawHttp.statuses(RawHttp.exchange(port, first + first + "GET /b HTTP/1.1\r\n" + CLOSE + "\r\n")))
                .containsExactly(200, 200, 200);
    }

    @Test
    void sendsNoBodyToAHeadRequest() throws Exception {
        for (Answer answer : RawHttp.http2(port, HttpMethod.HEAD, List.of("/a", "/b", "/x?site=%zz", "/c"))) {
            assertThat(answer.body()).isEmpty();
        }
        assertThat(handled).containsExactly("/a=", "/b=", "/c=");
        assertThat(RawHttp.http2(port, HttpMethod.HEAD, "/a").headers())
                .containsEntry("content-length", "4")
                .containsEntry("content-type", "text/plain");
        assertThat(RawHttp.http2(port, HttpMethod.GET, "/a").body()).isEqualTo("got ");
    }

    private static String unescaped(String text) {
        return text.replace("\\r\\n", "\r\n");
    }

    private static void assertRefused(String answer, int status, String code, String detail) {
        assertThat(RawHttp.statuses(answer)).as(answer).containsExactly(status);
        assertThat(answer)
                .contains("application/problem+json")
                .contains("urn:telltale:problem:" + code)
                .contains(detail);
    }
}
