package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.ApiDocument;
import io.telltale.api.ApiOperation;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PermissionsTest {

    private final List<ApiOperation> operations = ApiOperation.all(ApiDocument.committed());

    @Test
    void everyOperationHasARow() {
        assertThat(operations).hasSizeGreaterThan(10).allSatisfy(operation -> assertThat(
                        Permissions.ofOperation(operation.method(), operation.template()))
                .as("row of %s in Permissions", operation)
                .isNotNull()
                .contains(Role.ADMIN));
    }

    @Test
    void onlyWritersAndAdminsChangeAnything() {
        assertThat(operations).allSatisfy(operation -> {
            if (!operation.isGet() && !operation.template().endsWith("/stream-tickets")) {
                assertThat(Permissions.ofOperation(operation.method(), operation.template()))
                        .doesNotContain(Role.READER, Role.MONITOR);
            }
        });
    }

    @Test
    void anOperationWithoutARowIsRefused() {
        assertThat(Permissions.ofOperation("GET", "/api/v1/nothing")).isNull();
    }

    @Test
    void opensHealthTheDocumentAndThePageOnly() {
        assertThat(List.of(
                        "/",
                        "/page/page.css",
                        "/webjars/uplot/1/dist/uPlot.css",
                        "/q/health",
                        "/q/health/ready",
                        "/q/openapi",
                        "/q/swagger-ui/index.html"))
                .allMatch(Permissions::isOpen);
        assertThat(List.of(
                        "",
                        "/pages",
                        "/index.html",
                        "/q",
                        "/q/metrics",
                        "/q/healthy",
                        "/api/v1/sensors",
                        "/q/openapi.yaml"))
                .noneMatch(Permissions::isOpen);
        assertThat(Permissions.ofPath("/q/metrics/x")).isEqualTo(Set.of(Role.MONITOR, Role.ADMIN));
        assertThat(Permissions.ofPath("/q/anything")).isEqualTo(Set.of(Role.ADMIN));
    }
}
