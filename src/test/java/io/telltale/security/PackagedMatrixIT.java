package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private static ServiceUnderTest service;

    @BeforeAll
    static void startService(@TempDir Path directory) {
        service = ServiceUnderTest.start(SecuredService.packaged(directory, "packaged-matrix"));
    }

    @AfterAll
    static void stopService() {
        service.close();
    }

    @Test
    void doesNotStartUntilSomeoneDecides(@TempDir Path directory) throws Exception {
        try (ServiceProcess undecided =
                new ServiceProcess(SecuredService.packagedUndecided(directory, "packaged-undecided"))) {
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
