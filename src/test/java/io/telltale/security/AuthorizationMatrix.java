package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.api.ApiDocument;
import io.telltale.api.ApiOperation;
import io.telltale.security.SecuredClient.Answer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of the API document with every kind of credential, on a service with the settings of
 * {@link SecuredService}. A new operation needs no line here.
 */
abstract class AuthorizationMatrix {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Map<String, ApiOperation> OPERATIONS = ApiOperation.all(ApiDocument.committed()).stream()
            .collect(Collectors.toMap(ApiOperation::toString, operation -> operation, (a, b) -> a, LinkedHashMap::new));

    private static final Map<String, Map<String, String>> BAD_CREDENTIALS = badCredentials();

    private static boolean isExampleStored;

    static Stream<String> operations() {
        return OPERATIONS.keySet().stream();
    }

    @BeforeEach
    void theExampleIsStored() {
        if (isExampleStored) {
            return;
        }
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/q/health/started", Map.of()).status() == 200);
        ApiOperation post = operation("POST /api/v1/readings");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(
                        send(post, post.target(Map.of()), bearer(TestCredentials.token("writer")))
                                .status())
                .isEqualTo(202));
        ApiOperation sensor = operation("GET /api/v1/sensors/{id}");
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(send(sensor, target(sensor), bearer(TestCredentials.token("reader")))
                                .status())
                        .isEqualTo(200));
        isExampleStored = true;
    }

    private static Map<String, Map<String, String>> badCredentials() {
        Map<String, Object> expired = TestCredentials.claims("admin");
        expired.put("exp", 1_769_904_000L);
        Map<String, Object> otherIssuer = TestCredentials.claims("admin");
        otherIssuer.put("iss", "https://other.example");
        Map<String, Object> otherAudience = TestCredentials.claims("admin");
        otherAudience.put("aud", "another-service");
        Map<String, Object> endless = TestCredentials.claims("admin");
        endless.remove("exp");
        String token = TestCredentials.token("admin");
        Map<String, Map<String, String>> credentials = new TreeMap<>();
        credentials.put("no credential", Map.of());
        credentials.put("garbage", bearer("garbage"));
        credentials.put("empty token", Map.of("Authorization", "Bearer "));
        credentials.put("an expired token", bearer(TestCredentials.signed(expired)));
        credentials.put("a token without an end", bearer(TestCredentials.signed(endless)));
        credentials.put("another issuer", bearer(TestCredentials.signed(otherIssuer)));
        credentials.put("another audience", bearer(TestCredentials.signed(otherAudience)));
        credentials.put("an unknown key", bearer(TestCredentials.signedByAnother(TestCredentials.claims("admin"))));
        credentials.put("no signature", bearer(TestCredentials.unsigned(TestCredentials.claims("admin"))));
        credentials.put("a changed token", bearer(token.substring(0, token.length() - 8) + "AAAAAAAA"));
        credentials.put("an unknown scheme", Map.of("Authorization", "Digest " + token));
        credentials.put("an unknown API key", Map.of("X-Api-Key", "unknown"));
        credentials.put("an empty API key", Map.of("X-Api-Key", ""));
        credentials.put("an expired API key", Map.of("Authorization", "ApiKey " + SecuredService.EXPIRED_KEY));
        credentials.put("malformed Basic", Map.of("Authorization", "Basic !"));
        credentials.put(
                "two credentials", Map.of("Authorization", "Bearer " + token, "X-Api-Key", SecuredService.READER_KEY));
        return credentials;
    }

    @ParameterizedTest
    @MethodSource("operations")
    void refusesEveryBadCredential(String name) {
        ApiOperation operation = operation(name);
        BAD_CREDENTIALS.forEach((kind, headers) -> {
            Answer answer = send(operation, target(operation), headers);
            assertThat(answer.problem(401, "unauthenticated")).as(kind).contains("expected ");
            assertThat(answer.challenges()).as(kind).anyMatch(challenge -> challenge.startsWith("Bearer realm="));
        });
    }

    @ParameterizedTest
    @MethodSource("operations")
    void letsEachRoleDoWhatTheTableSays(String name) {
        ApiOperation operation = operation(name);
        Set<Role> allowed = Objects.requireNonNull(Permissions.ofOperation(operation.method(), operation.template()));
        for (Role role : Role.values()) {
            Answer answer = send(operation, target(operation), bearer(TestCredentials.token(role.roleName(), "other")));
            if (allowed.contains(role)) {
                assertThat(answer.status()).as("%s: %s", role, answer.body()).isNotIn(401, 403, 500, 503);
            } else {
                assertThat(answer.problem(403, "forbidden"))
                        .as(role.toString())
                        .contains(allowed.iterator().next().roleName());
            }
        }
        assertThat(send(operation, target(operation), bearer(TestCredentials.token()))
                        .status())
                .as("no role")
                .isEqualTo(403);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void hidesASensorOutsideTheScope(String name) {
        ScopeRule.of(operation(name)).assertHides(operation(name), MarkedSensor.stored());
    }

    /** Without it, an operation that returns nothing to a caller with a scope would pass the test above. */
    @ParameterizedTest
    @MethodSource("operations")
    void showsASensorInTheScope(String name) {
        ScopeRule.of(operation(name)).assertShows(operation(name), MarkedSensor.stored());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void refusesAScopeThatItDoesNotUnderstand(String name) {
        ApiOperation operation = operation(name);
        for (String scope :
                List.of("{\"site\":[\"a\"]}", "{\"sites\":\"a\"}", "[]", "\"a\"", "null", "{\"sites\":[1]}")) {
            assertThat(send(operation, target(operation), bearer(TestCredentials.scoped(scope, "admin")))
                            .problem(403, "forbidden"))
                    .as(scope)
                    .contains("telltale_scope");
        }
    }

    @Test
    void anUnknownPathIsAMatterOfCredentialsFirst() {
        for (String path : List.of("/nothing", "/api/v1/nothing", "/api/v1", "/api//v1/sensors", "/q/nothing")) {
            assertThat(SecuredClient.get(path, Map.of()).problem(401, "unauthenticated"))
                    .contains("no credential");
        }
        Map<String, String> reader = bearer(TestCredentials.token("reader"));
        for (String path : List.of("/nothing", "/page/nothing", "/api/v1/nothing", "/api/v1")) {
            SecuredClient.get(path, reader).problem(404, "not-found");
        }
        SecuredClient.send("DELETE", "/api/v1/sensors", reader, "").problem(405, "method-not-allowed");
        SecuredClient.get("/q/nothing", reader).problem(403, "forbidden");
    }

    @Test
    void thePageIsOpenAndItsDataIsNot() {
        for (String path : List.of("/", "/page/page.css")) {
            assertThat(SecuredClient.get(path, Map.of()).status()).as(path).isEqualTo(200);
        }
        SecuredClient.get("/page/nothing", Map.of()).problem(404, "not-found");
    }

    /** However a path is written, no operation runs without its role. */
    @Test
    void noSpellingOfAPathCircumventsTheRole() {
        Map<String, String> monitor = bearer(TestCredentials.token("monitor"));
        for (String path : List.of(
                "/api/v1/sensors/",
                "/api/v1//sensors",
                "//api/v1/sensors",
                "/api/v1/./sensors",
                "/q/health/../../api/v1/sensors",
                "/q/health/%2e%2e/%2e%2e/api/v1/sensors",
                "/api/v1/sensors;a=b",
                "/api/v1/%73ensors")) {
            assertThat(SecuredClient.get(path, monitor).status()).as(path).isIn(400, 403, 404);
            assertThat(SecuredClient.get(path, Map.of()).status()).as(path).isIn(400, 401, 404);
        }
        assertThat(SecuredClient.get("/q/metrics/", bearer(TestCredentials.token("reader")))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void opensOnlyHealthAndTheDocument() {
        for (Map<String, String> headers : List.<Map<String, String>>of(Map.of(), bearer("garbage"))) {
            for (String path : List.of("/q/health", "/q/health/live", "/q/health/group/dependencies", "/q/openapi")) {
                assertThat(SecuredClient.get(path, headers).status()).as(path).isEqualTo(200);
            }
            assertThat(SecuredClient.get("/q/swagger-ui/", headers).status()).isEqualTo(200);
            SecuredClient.get("/q/metrics", headers).problem(401, "unauthenticated");
        }
        assertThat(SecuredClient.get("/q/metrics", bearer(TestCredentials.token("monitor")))
                        .body())
                .contains("telltale_");
        assertThat(SecuredClient.get("/q/metrics", bearer(TestCredentials.token("reader", "writer")))
                        .problem(403, "forbidden"))
                .endsWith("expected role monitor or admin");
    }

    @Test
    void aHeadIsCheckedLikeAGet() {
        assertThat(SecuredClient.send("HEAD", "/api/v1/sensors", Map.of(), "").status())
                .isEqualTo(401);
        assertThat(SecuredClient.send("HEAD", "/api/v1/sensors", bearer(TestCredentials.token("writer")), "")
                        .status())
                .isEqualTo(403);
        assertThat(SecuredClient.send("HEAD", "/api/v1/sensors", bearer(TestCredentials.token("reader")), "")
                        .status())
                .isEqualTo(200);
    }

    private static ApiOperation operation(String name) {
        return Objects.requireNonNull(OPERATIONS.get(name), name);
    }

    private static String target(ApiOperation operation) {
        return operation.target(operation.query());
    }

    private static Answer send(ApiOperation operation, String target, Map<String, String> headers) {
        List<String> mediaTypes = operation.requestMediaTypes();
        if (mediaTypes.isEmpty()) {
            return SecuredClient.send(operation.method(), target, headers, "");
        }
        Map<String, String> all = new HashMap<>(headers);
        all.put("Content-Type", mediaTypes.get(0));
        return SecuredClient.send(operation.method(), target, all, operation.requestBody(mediaTypes.get(0)));
    }
}
