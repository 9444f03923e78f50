package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/** What a service reports of failed connections, in its log and responses. */
final class ServiceReports {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    private ServiceReports() {}

    static void awaitNotReady(ServiceProcess service) {
        await().atMost(LIMIT).until(() -> service.statusOf("/q/health/ready") == 503);
    }

    static void awaitLine(ServiceProcess service, String pattern) {
        await(pattern).atMost(LIMIT).untilAsserted(() -> assertThat(log(service))
                .containsPattern(pattern));
    }

    /** No stack trace, no password, and a line about a failure is not repeated by each client and each attempt. */
    static void assertIsBrief(ServiceProcess service, String... passwords) {
        List<String> lines = log(service).lines().toList();
        assertThat(lines).noneMatch(line -> line.startsWith("\tat "));
        assertThat(lines).hasSizeLessThan(200);
        assertThat(log(service)).doesNotContain(passwords);
    }

    static String log(ServiceProcess service) {
        try {
            return Files.exists(service.log()) ? Files.readString(service.log(), StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new LocalStackException("cannot read " + service.log(), e);
        }
    }

    /**
     * The body of a GET.
     *
     * @param authorization the value of the header; empty for none
     * @param trusted the authority of the service's certificate
     */
    static String body(ServiceProcess service, String path, String authorization, CertificateAuthority trusted)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(service.baseUrl() + path));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return HttpClient.newBuilder()
                .sslContext(trusted.trusted())
                .build()
                .send(request.build(), BodyHandlers.ofString())
                .body();
    }
}
