package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The matrix on the packaged service: the jar, with {@code -Dnative} the executable, which may lack what credentials
 * reach by reflection. The gate has {@code AuthorizationMatrixTest}.
 */
@Tag("servers")
@Tag("long")
@Tag("native")
class PackagedMatrixIT extends AuthorizationMatrix {

    private static int portBefore;
    private static ServiceProcess service;

    @BeforeAll
    static void startService(@TempDir Path directory) {
        ServiceSettings settings = settings(directory).withAll(new SecuredService().getConfigOverrides());
        service = new ServiceProcess(settings);
        service.start();
        portBefore = RestAssured.port;
        RestAssured.port = settings.httpPort();
    }

    @AfterAll
    static void stopService() {
        RestAssured.port = portBefore;
        service.close();
    }

    /** No decision about security is among them. */
    private static ServiceSettings settings(Path directory) {
        SharedStack stack = SharedStack.get();
        Map<String, String> shared = new LocalStackResource().start();
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .secured()
                .withAll(shared)
                .without("quarkus.http.test-port")
                .with("mp.messaging.incoming.sensors.group.id", "packaged-matrix-" + stack.nextNumber());
    }

    @Test
    void doesNotStartUntilSomeoneDecides(@TempDir Path directory) throws Exception {
        try (ServiceProcess undecided = new ServiceProcess(settings(directory))) {
            assertThatThrownBy(undecided::start).hasMessageMatching("(?s).*exit code [1-9].*");
            assertThat(Files.readString(undecided.log()))
                    .contains("security is not configured")
                    .contains("quarkus.oidc.auth-server-url")
                    .contains("quarkus.oidc.public-key")
                    .contains("telltale.security.api-keys")
                    .contains("telltale.security.enabled=false");
        }
    }
}
