package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.runtime.StartupEvent;
import io.telltale.security.Caller.Kind;
import io.telltale.security.SignedTickets.RefusedTicketException;
import io.telltale.sensors.Scope;
import io.telltale.settings.ManualClock;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedTicketsTest {

    private static final byte[] KEY = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final Scope SCOPE = new Scope(List.of("plant-*"), null, List.of("a"));
    private static final String PATH = "/api/v1/readings/stream";

    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    private final Vertx vertx = Vertx.vertx();
    private final Path file;
    private final ApiKeys keys;
    private final SignedTickets tickets;

    SignedTicketsTest(@TempDir Path directory) throws Exception {
        file = directory.resolve("keys.json");
        write(TestCredentials.entry("k", "key", "admin"));
        keys = new ApiKeys(Optional.of(file), vertx, new AuditLog(clock, line -> {}));
        keys.start(new StartupEvent());
        tickets = tickets(true);
    }

    @AfterEach
    void close() {
        keys.stop();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private SignedTickets tickets(boolean isEnabled) {
        return tickets(new SecuritySwitch(isEnabled, true, true));
    }

    private SignedTickets tickets(SecuritySwitch security) {
        return new SignedTickets(security, keys, () -> KEY, clock);
    }

    private void write(ObjectNode... entries) throws Exception {
        Files.writeString(file, TestCredentials.file(entries));
    }

    /** A request for the stream of sensor a. */
    private static RoutingContext request(String path, String ticket, String lastEventId) {
        MultiMap query = MultiMap.caseInsensitiveMultiMap().add("ticket", ticket);
        if (path.equals(PATH)) {
            query.add("sensor", "a");
        }
        if (!lastEventId.isEmpty()) {
            query.add("lastEventId", lastEventId);
        }
        HttpServerRequest sent = proxy(
                HttpServerRequest.class,
                Map.of("method", HttpMethod.GET, "path", path, "query", "ticket=" + ticket, "getHeader", ""));
        return proxy(RoutingContext.class, Map.of("request", sent, "queryParams", query));
    }

    private static <T> T proxy(Class<T> type, Map<String, Object> results) {
        return type.cast(Proxy.newProxyInstance(
                SignedTicketsTest.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> Objects.requireNonNull(results.get(method.getName()), method::toString)));
    }

    private String issue(Caller caller) {
        return tickets.issue(caller, Map.of("sensor", List.of("a"))).text();
    }

    private Caller ofKey() {
        return Caller.ofKey(Objects.requireNonNull(keys.ring().named("k")));
    }

    private Caller ofToken(Duration life) {
        long end = clock.millis() + life.toMillis();
        return Caller.ofToken("alice", Set.of(Role.READER, Role.WRITER), SCOPE, end);
    }

    private Caller used(String ticket, String lastEventId) {
        return tickets.caller(request(PATH, ticket, lastEventId), ticket);
    }

    private void assertRefused(String ticket, String lastEventId, String reason) {
        assertThatThrownBy(() -> used(ticket, lastEventId))
                .isInstanceOf(RefusedTicketException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void carriesTheCallerButMayOnlyRead() {
        String ticket = issue(ofToken(Duration.ofMinutes(10)));
        Caller caller = used(ticket, "");
        assertThat(caller.qualifiedName()).isEqualTo("token:alice");
        assertThat(caller.roles()).containsExactly(Role.READER);
        assertThat(caller.scope()).isEqualTo(SCOPE);
        assertThat(caller.endMillis()).isEqualTo(clock.millis() + 600_000);
        assertThat(StreamRequest.ticket(request(PATH, ticket, ""))).isEqualTo(ticket);
        assertThat(tickets.caller(request("/api/v1/sensors/a/readings/stream", ticket, ""), ticket)
                        .scope())
                .isEqualTo(SCOPE);
        for (String path : List.of("/api/v1/sensors", "/api/v1//readings/stream", "/api/v1/sensors/a/readings")) {
            assertThat(StreamRequest.ticket(request(path, ticket, ""))).isNull();
        }
    }

    @Test
    void isUsedWithinAMinuteThenByEventIdUntilItEnds() {
        String ticket = issue(ofToken(Duration.ofMinutes(10)));
        clock.move(Duration.ofSeconds(59));
        used(ticket, "");
        clock.move(Duration.ofSeconds(1));
        assertRefused(ticket, "", "not used within 60 s");
        used(ticket, "id");
        clock.move(Duration.ofMinutes(9));
        assertRefused(ticket, "id", "has expired");
    }

    @Test
    void endsAfterADayIfTheCredentialHasNoEnd() {
        String ticket = issue(ofKey());
        clock.move(SignedTickets.LONGEST.minusMillis(1));
        assertThat(used(ticket, "id").roles()).containsExactly(Role.READER);
        clock.move(Duration.ofMillis(1));
        assertRefused(ticket, "id", "has expired");
    }

    @Test
    void refusesAnotherStream() {
        String ticket = issue(ofToken(Duration.ofMinutes(10)));
        assertThatThrownBy(() -> tickets.caller(request("/api/v1/sensors/b/readings/stream", ticket, ""), ticket))
                .hasMessageContaining("other parameters")
                .message()
                .doesNotContain(ticket);
    }

    @Test
    void theKeyFileDecidesWhatAKeyMay() throws Exception {
        Caller before = ofKey();
        String ticket = issue(before);
        assertThat(tickets.isInForce(before.key())).isTrue();
        write(TestCredentials.entry("k", "key", "reader").set("scope", scope()));
        keys.reload();
        assertThat(tickets.isInForce(before.key())).isFalse();
        assertThat(used(ticket, "").scope().sensors()).containsExactly("b");
        write(TestCredentials.entry("k", "key", "writer"));
        keys.reload();
        assertRefused(ticket, "", "may not read");
        write(TestCredentials.entry("k", "another key", "reader"));
        keys.reload();
        assertRefused(ticket, "", "was removed");
        write();
        keys.reload();
        assertRefused(ticket, "", "was removed");
    }

    private static ObjectNode scope() {
        ObjectNode scope = TestCredentials.entry("x", "x").objectNode();
        scope.putArray("sensors").add("b");
        return scope;
    }

    @Test
    void refusesWhatItWouldNotIssue() {
        String ofToken = issue(ofToken(Duration.ofMinutes(10)));
        SignedTickets withoutTokens = tickets(new SecuritySwitch(true, false, true));
        assertThatThrownBy(() -> withoutTokens.caller(request(PATH, ofToken, ""), ofToken))
                .isInstanceOf(RefusedTicketException.class)
                .hasMessageContaining("not valid");
        long end = clock.millis() + SignedTickets.LONGEST.plusMinutes(2).toMillis();
        String tooLong = new TicketText(
                        Kind.TOKEN,
                        end,
                        end,
                        StreamRequest.fingerprint(Map.of("sensor", List.of("a"))),
                        "alice",
                        "{}".getBytes(StandardCharsets.UTF_8))
                .signed(KEY);
        assertRefused(Objects.requireNonNull(tooLong), "", "not valid");
    }

    @Test
    void acceptsNoTicketOfAServiceWithoutSecurity() {
        SignedTickets off = tickets(false);
        String ticket = off.issue(Caller.ANYONE, Map.of("sensor", List.of("a"))).text();
        Caller anonymous = off.caller(request(PATH, ticket, ""), ticket);
        assertThat(anonymous.kind()).isEqualTo(Kind.ANONYMOUS);
        assertThat(anonymous.roles()).containsExactly(Role.READER);
        assertRefused(ticket, "", "not valid");
        String issued = issue(ofToken(Duration.ofMinutes(10)));
        assertThat(off.caller(request(PATH, issued, ""), issued).kind()).isEqualTo(Kind.ANONYMOUS);
    }
}
