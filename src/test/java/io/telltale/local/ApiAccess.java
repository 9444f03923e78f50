package io.telltale.local;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to call the API of a service.
 *
 * @param http trusts its certificate
 * @param baseUrl without a path
 * @param authorization the value of the header; null without security
 */
record ApiAccess(HttpClient http, String baseUrl, @Nullable String authorization) {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** Of a service that {@code mvn -Plocal} runs; with the role {@code admin} if it is secured. */
    static ApiAccess of(ServiceProcess service, @Nullable LaunchSecurity security) {
        HttpClient.Builder http = HttpClient.newBuilder().connectTimeout(LIMIT);
        return security == null
                ? new ApiAccess(http.build(), service.baseUrl(), null)
                : new ApiAccess(
                        http.sslContext(security.stack().authority().trusted()).build(),
                        service.baseUrl(),
                        "Bearer " + security.adminToken());
    }

    /** A request for a path behind {@code /api/v1}. */
    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(baseUrl + "/api/v1" + path)).timeout(LIMIT);
        return authorization == null ? request : request.header("Authorization", authorization);
    }
}
