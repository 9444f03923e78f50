package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.SharedStack;
import io.telltale.security.SecuredClient.Answer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stored sensor whose id, type, site, name, unit and label all contain one text, so that a response cannot name it
 * unnoticed.
 */
final class MarkedSensor {

    /** None of them allows the sensor. */
    static final List<String> SCOPES_OF_OTHERS = List.of(
            "{\"sensors\":[\"other-*\"]}",
            "{\"types\":[\"other\"]}",
            "{\"sites\":[\"other\"]}",
            "{\"sites\":[\"*\"],\"sensors\":[]}");

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static @Nullable MarkedSensor stored;

    private final String mark = "quagga-" + SharedStack.get().nextNumber();

    private MarkedSensor() {}

    /** The one of this service; the first call stores it. */
    static synchronized MarkedSensor stored() {
        MarkedSensor found = stored;
        if (found == null) {
            found = new MarkedSensor();
            found.store();
            stored = found;
        }
        return found;
    }

    private void store() {
        Map<String, String> admin = new HashMap<>(bearer(TestCredentials.token("admin")));
        admin.put("Content-Type", "application/json");
        assertThat(SecuredClient.send("POST", "/api/v1/readings", admin, reading())
                        .status())
                .isEqualTo(202);
        await().atMost(LIMIT).untilAsserted(() -> {
            Answer labeled = SecuredClient.send(
                    "PUT",
                    "/api/v1/sensors/" + id(),
                    admin,
                    "{\"name\":\"%s\",\"labels\":{\"%s\":\"%s\"}}".formatted(name(), label(), labelValue()));
            assertThat(labeled.status()).as(labeled.body()).isEqualTo(200);
        });
    }

    /** What each of its names contains. */
    String mark() {
        return mark;
    }

    String id() {
        return mark + "-sensor";
    }

    String type() {
        return mark + "-type";
    }

    String site() {
        return mark + "-site";
    }

    String name() {
        return mark + "-name";
    }

    String label() {
        return mark + "-label";
    }

    String labelValue() {
        return mark + "-value";
    }

    /** A scope of this sensor alone. */
    String scope() {
        return "{\"sites\":[\"%1$s*\"],\"types\":[\"%1$s*\"],\"sensors\":[\"%1$s*\"]}".formatted(mark);
    }

    /** A reading of now. */
    String reading() {
        return "{\"sensorId\":\"%s\",\"type\":\"%s\",\"site\":\"%s\",\"timestamp\":%d,\"value\":\"%s\",\"unit\":\"%s\"}"
                .formatted(id(), type(), site(), System.currentTimeMillis(), mark, mark);
    }
}
