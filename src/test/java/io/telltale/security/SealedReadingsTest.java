package io.telltale.security;

import static io.telltale.security.SensorRequests.ADMIN;
import static io.telltale.security.SensorRequests.START;
import static io.telltale.security.SensorRequests.atSite;
import static io.telltale.security.SensorRequests.awaitValues;
import static io.telltale.security.SensorRequests.get;
import static io.telltale.security.SensorRequests.marker;
import static io.telltale.security.SensorRequests.post;
import static io.telltale.security.SensorRequests.range;
import static io.telltale.security.SensorRequests.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Values of sensitive sensors are sealed in Cassandra and nowhere else. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class SealedReadingsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int PLAIN_TEXT = 4;
    private static final int SEALED = 16;

    private final int number = SharedStack.get().nextNumber();

    private String name(String prefix) {
        return prefix + "-" + number;
    }

    private static List<Integer> kinds(StoredRows stored, String id) {
        return stored.cells(id).stream().map(cell -> (int) cell[9]).toList();
    }

    @Test
    void theFilesOfCassandraHaveNoSealedValue() {
        String open = marker();
        List<String> sealed = List.of(marker(), marker(), marker());
        String type = name("mixed-type");
        try (StoredRows stored = new StoredRows()) {
            stored.flushEachSecond(true);
            try {
                post(
                        reading(name("open"), type, 0, open),
                        reading(name("by-type"), "sealed-type", 0, sealed.get(0)),
                        atSite(reading(name("by-site"), type, 0, sealed.get(1)), "sealed-site-1"),
                        reading(name("sealed-by-id"), type, 0, sealed.get(2)));
                awaitValues(name("open"), open);
                awaitValues(name("by-type"), sealed.get(0));
                awaitValues(name("by-site"), sealed.get(1));
                awaitValues(name("sealed-by-id"), sealed.get(2));
                // What is flushed with a later reading was written before it.
                String later = marker();
                post(reading(name("open"), type, 1, later));
                awaitValues(name("open"), open, later);
                await().atMost(LIMIT).untilAsserted(() -> assertThat(stored.tablesWith(later))
                        .isNotEmpty());
                assertThat(stored.commitLogsWith(open)).isNotEmpty();
                sealed.forEach(marker -> assertThat(stored.filesWith(marker)).isEmpty());
            } finally {
                stored.flushEachSecond(false);
            }
            assertThat(kinds(stored, name("open"))).containsExactly(PLAIN_TEXT, PLAIN_TEXT);
            assertThat(kinds(stored, name("by-site"))).containsExactly(SEALED);
        }
    }

    /** Sealing switched on for a sensor with readings, and off again: here by its site. */
    @Test
    void sealedAndPlainReadingsOfASensorAreReadAlike() {
        String id = name("moving");
        String type = name("moving-type");
        post(reading(id, type, 0, "plain"));
        awaitValues(id, "plain");
        post(atSite(reading(id, type, 1, "sealed"), "sealed-site-2"));
        awaitValues(id, "plain", "sealed");
        post(atSite(reading(id, type, 2, "open again"), "open-site"));
        awaitValues(id, "plain", "sealed", "open again");
        try (StoredRows stored = new StoredRows()) {
            assertThat(kinds(stored, id)).containsExactly(PLAIN_TEXT, SEALED, PLAIN_TEXT);
            assertThat(stored.keys(id)).containsExactly(1);
        }
    }

    @Test
    void aLostKeyConcernsItsReadingsAlone() {
        String id = name("sealed-lost");
        String type = name("lost-type");
        try (StoredRows stored = new StoredRows()) {
            stored.insertLostKey(id);
            post(reading(id, type, 0, "first"), reading(id, type, 9, "last"));
            awaitValues(id, "first", "last");
            assertThat(stored.keys(id)).containsExactly(1, 2);
            byte[] cell = stored.cells(id).get(0);
            stored.insert(id, 1_000, cell); // moved
            byte[] lost = cell.clone();
            lost[13] = 1; // sealed with the key that nothing can unwrap
            stored.insert(id, 2_000, lost);
        }
        awaitValues(id, "first", "null", "null", "last");
        JsonNode readings = get(range(id)).json().get("readings");
        assertThat(readings.get(1).get("sealed").asText()).isEqualTo("damaged");
        assertThat(readings.get(2).get("sealed").asText()).isEqualTo("key-unavailable");
        assertThat(readings.get(3).has("sealed")).isFalse();

        String csv = get(range(id), "Accept", "text/csv").body();
        assertThat(csv.lines().skip(1).map(line -> line.substring(line.indexOf(',') + 1)))
                .containsExactly("first", "", "", "last");
        String many = get(
                        "/readings?type=%s&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z".formatted(type),
                        "Accept",
                        "application/x-ndjson")
                .body();
        assertThat(many)
                .contains("\"value\":\"last\"")
                .contains("\"value\":null,\"sealed\":\"damaged\"}")
                .contains("\"value\":null,\"sealed\":\"key-unavailable\"}");
        assertThat(get("/sensors/%s/readings/latest".formatted(id)).body()).contains("\"value\":\"last\"");
        assertThat(get("/readings/latest?type=" + type).body()).contains("\"value\":\"last\"");

        String windows = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&interval=P1D&functions=count,last";
        JsonNode aggregates =
                get("/sensors/%s/aggregates?%s".formatted(id, windows)).json();
        assertThat(aggregates.get("windows").get(0).get("count").asInt()).isEqualTo(2);
        assertThat(aggregates.get("meta").get("sealed").asInt()).isEqualTo(2);
        JsonNode ofMany = get("/aggregates?type=%s&%s".formatted(type, windows)).json();
        assertThat(ofMany.get("series")
                        .get(0)
                        .get("windows")
                        .get(0)
                        .get("count")
                        .asInt())
                .isEqualTo(2);
        assertThat(ofMany.get("meta").get("sealed").asInt()).isEqualTo(2);

        List<String> replayed =
                SecuredClient.replayedData("/api/v1/sensors/%s/readings/stream?since=%s".formatted(id, START), ADMIN);
        assertThat(replayed).hasSize(4);
        assertThat(replayed.get(1)).contains("\"value\":null,\"sealed\":\"damaged\"");
        assertThat(replayed.get(3)).contains("\"value\":\"last\"}");
    }
}
