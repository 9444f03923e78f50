package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.api.ApiOperation;
import io.telltale.security.SecuredClient.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What the scope of a caller means for an operation. An operation without a rule fails the matrix. */
enum ScopeRule {

    /** Of one sensor: the answer for a hidden one is that for one that was never seen. */
    SENSOR {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            Answer hidden = send(operation, sensor, targetOf(operation, sensor.id()), caller);
            Answer unseen = send(operation, sensor, targetOf(operation, NEVER_SEEN), caller);
            assertThat(hidden.problem(404, "sensor-unknown"))
                    .isEqualTo(unseen.problem(404, "sensor-unknown").replace(NEVER_SEEN, sensor.id()));
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            if (operation.toString().equals(SHREDDING)) {
                return; // takes 12 s and the sensor: ShreddedSensorsTest has it
            }
            Answer answer = send(operation, sensor, targetOf(operation, sensor.id()), caller);
            assertThat(answer.status()).as(answer.body()).isBetween(200, 204);
        }
    },

    /** The stream of one sensor: that of a hidden one has the events of one that was never seen, namely none. */
    STREAM_OF_SENSOR {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertThat(replay(operation, sensor.id(), caller))
                    .isEqualTo(replay(operation, NEVER_SEEN, caller))
                    .noneMatch(line -> line.contains(sensor.mark()));
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertThat(replay(operation, sensor.id(), caller)).anyMatch(line -> line.contains(sensor.mark()));
        }

        private static List<String> replay(ApiOperation operation, String id, Map<String, String> caller) {
            return SecuredClient.replay(operation.target(SINCE, Map.of("id", id)), caller).stream()
                    .filter(line -> line.startsWith("event:") || line.startsWith("data:"))
                    .toList();
        }
    },

    /** The stream of many: no event names a hidden sensor, whatever the filter. */
    STREAM {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            queries(operation, sensor).forEach(query -> {
                query.putAll(SINCE);
                assertThat(SecuredClient.replay(operation.target(query), caller))
                        .as("%s", query)
                        .noneMatch(line -> line.contains(sensor.mark()));
            });
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            queries(operation, sensor).forEach(query -> {
                query.putAll(SINCE);
                assertThat(SecuredClient.replay(operation.target(query), caller))
                        .as("%s", query)
                        .anyMatch(line -> line.contains(sensor.mark()));
            });
        }
    },

    /** Lists and values of many: neither body nor headers name a hidden sensor, whatever the filter. */
    LIST {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            queries(operation, sensor).forEach(query -> {
                Answer answer = send(operation, sensor, operation.target(query, sensorNames(sensor)), caller);
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).as("%s", query).doesNotContain(sensor.mark());
                assertThat(headers(answer)).as("%s", query).doesNotContain(sensor.mark());
            });
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            // The topics of the state are at most 5 s old.
            await().atMost(LIMIT).untilAsserted(() -> queries(operation, sensor).forEach(query -> assertThat(
                            send(operation, sensor, operation.target(query, sensorNames(sensor)), caller)
                                    .body())
                    .as("%s", query)
                    .contains(sensor.mark())));
        }

        private static String headers(Answer answer) {
            Map<String, List<String>> headers = new TreeMap<>(answer.headers().map());
            headers.keySet().removeIf(name -> !name.startsWith("telltale-"));
            return headers.toString();
        }
    },

    /** Each posted reading of a hidden sensor is rejected. */
    POST {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            Answer answer = post(operation, caller, sensor.reading());
            answer.problem(422, "nothing-acceptable");
            assertThat(answer.json().at("/rejected/0/reason").asText()).isEqualTo("forbidden");
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertThat(post(operation, caller, sensor.reading())
                            .json()
                            .get("accepted")
                            .asInt())
                    .isEqualTo(1);
        }
    },

    /** A ticket opens a stream in the scope of its caller. */
    TICKET {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertThat(replay(operation, sensor, caller)).noneMatch(line -> line.contains(sensor.mark()));
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertThat(replay(operation, sensor, caller)).anyMatch(line -> line.contains(sensor.mark()));
        }

        private static List<String> replay(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            Answer answer = post(
                    operation,
                    caller,
                    "{\"sensor\":\"%s\",\"since\":\"%s\"}".formatted(sensor.id(), SINCE.get("since")));
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            String ticket = answer.json().get("ticket").asText();
            return SecuredClient.replay(
                    "/api/v1/readings/stream?since=%s&sensor=%s&ticket=%s"
                            .formatted(SINCE.get("since"), sensor.id(), ticket),
                    Map.of());
        }
    },

    /** Requires a credential without a scope. */
    REFUSED {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            send(operation, sensor, operation.target(operation.query()), caller).problem(403, "forbidden");
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertHides(operation, sensor, caller);
        }
    },

    /** A scope does not limit it. */
    UNLIMITED {
        @Override
        void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertShows(operation, sensor, caller);
        }

        @Override
        void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller) {
            assertThat(send(operation, sensor, operation.target(operation.query()), caller)
                            .status())
                    .isBetween(200, 202);
        }
    };

    private static final String NEVER_SEEN = "never-seen";
    private static final String SHREDDING = "DELETE /api/v1/sensors/{id}";
    private static final Map<String, String> SINCE = Map.of("since", "now-1h");
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** The operations whose rule does not follow from method and path, and why. */
    private static final Map<String, ScopeRule> EXCEPTIONS = Map.of(
            // The sensor of a rejected record may be unknown.
            "GET /api/v1/dead-letters", REFUSED,
            "POST /api/v1/dead-letters/replay", REFUSED,
            // A layout belongs to a type, not to sensors, and only administrators may read or change it.
            "GET /api/v1/admin/layouts/{type}", UNLIMITED,
            "POST /api/v1/admin/layouts/{type}", UNLIMITED,
            // The scope applies to the stream that the ticket opens.
            "POST /api/v1/stream-tickets", TICKET);

    /** The rule of an operation; fails if there is none. */
    static ScopeRule of(ApiOperation operation) {
        ScopeRule exception = EXCEPTIONS.get(operation.toString());
        if (exception != null) {
            return exception;
        }
        if (operation.template().contains("/sensors/{id}")) {
            return operation.isStream() ? STREAM_OF_SENSOR : SENSOR;
        }
        if (operation.isGet()) {
            return operation.isStream() ? STREAM : LIST;
        }
        if (operation.toString().equals("POST /api/v1/readings")) {
            return POST;
        }
        throw new AssertionError(operation + " has no rule about scopes; add it to ScopeRule");
    }

    /** For each role that may call it, and each scope of other sensors. */
    void assertHides(ApiOperation operation, MarkedSensor sensor) {
        for (Role role : roles(operation)) {
            for (String scope : MarkedSensor.SCOPES_OF_OTHERS) {
                assertHides(operation, sensor, bearer(TestCredentials.scoped(scope, role.roleName())));
            }
        }
    }

    /** For each role that may call it. */
    void assertShows(ApiOperation operation, MarkedSensor sensor) {
        for (Role role : roles(operation)) {
            assertShows(operation, sensor, bearer(TestCredentials.scoped(sensor.scope(), role.roleName())));
        }
    }

    abstract void assertHides(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller);

    abstract void assertShows(ApiOperation operation, MarkedSensor sensor, Map<String, String> caller);

    private static Iterable<Role> roles(ApiOperation operation) {
        return Objects.requireNonNull(Permissions.ofOperation(operation.method(), operation.template()));
    }

    private static String targetOf(ApiOperation operation, String id) {
        return operation.target(operation.query(), Map.of("id", id));
    }

    private static Map<String, String> sensorNames(MarkedSensor sensor) {
        return Map.of("name", sensor.label());
    }

    /** A query for each filter of an operation, and one without any where the operation needs none. */
    private static List<Map<String, String>> queries(ApiOperation operation, MarkedSensor sensor) {
        Map<String, String> filters = new LinkedHashMap<>();
        operation.parameters().forEach(parameter -> {
            switch (parameter.name()) {
                case "sensor" -> filters.put("sensor", sensor.id());
                case "type" -> filters.put("type", sensor.type());
                case "site" -> filters.put("site", sensor.site());
                case "label.<name>" -> filters.put("label." + sensor.label(), sensor.labelValue());
                default -> {}
            }
        });
        Map<String, String> base = new LinkedHashMap<>(operation.query());
        boolean needsSensors = base.remove("sensor") != null;
        List<Map<String, String>> queries = new ArrayList<>();
        if (!needsSensors) {
            queries.add(base);
        }
        filters.forEach((name, value) -> {
            Map<String, String> query = new LinkedHashMap<>(base);
            query.put(name, value);
            queries.add(query);
        });
        return queries;
    }

    private static Answer post(ApiOperation operation, Map<String, String> caller, String body) {
        Map<String, String> headers = new HashMap<>(caller);
        headers.put("Content-Type", "application/json");
        return SecuredClient.send("POST", operation.template(), headers, body);
    }

    /** With a body that changes nothing, if the operation has one. */
    private static Answer send(ApiOperation operation, MarkedSensor sensor, String target, Map<String, String> caller) {
        Map<String, String> headers = new HashMap<>(caller);
        boolean hasBody = !operation.requestMediaTypes().isEmpty();
        if (hasBody) {
            headers.put("Content-Type", "application/json");
        }
        return SecuredClient.send(
                operation.method(), target, headers, hasBody ? "{\"name\":\"%s\"}".formatted(sensor.name()) : "");
    }
}
