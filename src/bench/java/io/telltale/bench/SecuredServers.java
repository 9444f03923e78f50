package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.local.FreePorts;
import io.telltale.local.LaunchSecurity;
import io.telltale.local.LocalStack;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.StackOptions;
import io.telltale.local.StackSecurity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

/** Keys and credentials of servers that accept services with and without TLS, and of the services. */
final class SecuredServers {

    /** All subscribers of a benchmark have one token. */
    private static final String SUBSCRIBERS = "telltale.live.subscribers-per-caller";

    private final LaunchSecurity security;

    private SecuredServers(LaunchSecurity security) {
        this.security = security;
    }

    /** With new keys in that directory. */
    static SecuredServers in(Path directory) {
        return new SecuredServers(LaunchSecurity.of(StackSecurity.optional(directory), directory));
    }

    StackOptions stack(StackOptions options) {
        return options.secured(security.stack());
    }

    /** A service without security; Cassandra requires the password all the same. */
    ServiceProcess withoutSecurity(ServiceSettings settings) {
        return new ServiceProcess(settings.withAll(security.stack().passwordSettings()));
    }

    /** A service with everything that {@code docs/security.md} offers for its connections and callers. */
    ServiceProcess secured(ServiceSettings settings) {
        return new ServiceProcess(
                security.secure(settings, FreePorts.next()).with(SUBSCRIBERS, Integer.toString(1_000_000)),
                security.stack().authority().trusted());
    }

    /** A service that requires credentials over HTTP and HTTPS alike, and has no encrypted connections otherwise. */
    ServiceProcess withCredentials(ServiceSettings settings) {
        return new ServiceProcess(security.withCredentials(settings, FreePorts.next())
                .with("quarkus.http.insecure-requests", "enabled")
                .withAll(security.stack().passwordSettings()));
    }

    /** HTTPS with the token of an administrator. */
    HttpAccess overHttps() {
        return new HttpAccess(security.stack().authority().trusted(), security.adminToken());
    }

    /** HTTP with the same token. */
    HttpAccess overHttp() {
        return new HttpAccess(null, security.adminToken());
    }

    /**
     * Fails unless a running service is what the figures are said to be of. Cassandra accepts connections without TLS,
     * so a setting that has no effect would not be noticed.
     */
    void verify(LocalStack stack, String baseUrl) {
        int status = statusWithoutCredential(baseUrl);
        if (status != 401) {
            throw new BenchException("secured answered %d without a credential; expected 401".formatted(status));
        }
        try (CqlSession session = stack.cassandra().connect()) {
            List<Row> encrypted =
                    session.execute("SELECT username, ssl_enabled FROM system_views.clients").all().stream()
                            .filter(client -> StackSecurity.USER.equals(client.getString("username")))
                            .filter(client -> client.getBoolean("ssl_enabled"))
                            .toList();
            if (encrypted.isEmpty()) {
                throw new BenchException("secured has no encrypted connection to Cassandra");
            }
        }
    }

    private int statusWithoutCredential(String baseUrl) {
        HttpAccess access = new HttpAccess(security.stack().authority().trusted(), null);
        HttpRequest request =
                access.request(URI.create(baseUrl + "/api/v1/status")).build();
        try {
            return access.client()
                    .send(request, HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            throw new BenchException("%s gave no answer".formatted(request.uri()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
