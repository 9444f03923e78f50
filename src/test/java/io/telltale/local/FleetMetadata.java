package io.telltale.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sets what readings do not carry, through the API: floors and coordinates as labels, and how often a sensor reports.
 * In the background, for up to a thousand sensors.
 */
final class FleetMetadata implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PAUSE = Duration.ofSeconds(3);

    /** New sensors appear in the first seconds only. */
    private static final int ROUNDS = 10;

    private static final int FLOORS = 4;

    /** The coordinates of the sites of a simulated fleet, by city. */
    private static final Map<String, String[]> COORDINATES = Map.of(
            "berlin", new String[] {"52.5200", "13.4050"},
            "hamburg", new String[] {"53.5511", "9.9937"},
            "leipzig", new String[] {"51.3397", "12.3731"},
            "vienna", new String[] {"48.2082", "16.3738"},
            "zurich", new String[] {"47.3769", "8.5417"},
            "oslo", new String[] {"59.9139", "10.7522"});

    private static final Map<String, String> NAMES = Map.of(
            NotableSensors.SILENT, "falls silent after a minute",
            NotableSensors.DRIFTING, "drifts upward");

    private final ApiAccess api;
    private final Duration expectedInterval;
    private final ScheduledExecutorService rounds = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "fleet-metadata");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<String> described = new HashSet<>();
    private int round;

    /** @param rate readings per sensor and second */
    FleetMetadata(ApiAccess api, double rate) {
        this.api = api;
        // Late and unordered records are no silence.
        this.expectedInterval = Duration.ofSeconds((long) Math.ceil(Math.max(5, 5 / rate)));
    }

    void start() {
        // A round that fails is the last one.
        ScheduledFuture<?> unused =
                rounds.scheduleWithFixedDelay(this::describeNew, 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void describeNew() {
        try {
            for (JsonNode sensor :
                    JSON.readTree(body(api.request("/sensors?limit=1000"))).path("sensors")) {
                if (described.add(sensor.path("sensorId").asText())) {
                    describe(sensor);
                }
            }
            if (++round == ROUNDS) {
                rounds.shutdown();
            }
        } catch (IOException e) {
            // The service ends, or is overloaded: the fleet only looks plainer.
            rounds.shutdown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void describe(JsonNode sensor) throws IOException, InterruptedException {
        body(api.request("/sensors/" + sensor.path("sensorId").asText())
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(
                        metadata(sensor, expectedInterval).toString())));
    }

    /** The body of the request that describes a sensor. */
    static ObjectNode metadata(JsonNode sensor, Duration expectedInterval) {
        String id = sensor.path("sensorId").asText();
        ObjectNode metadata = JSON.createObjectNode().put("expectedInterval", expectedInterval.toString());
        if (NAMES.containsKey(id)) {
            metadata.put("name", NAMES.get(id));
        }
        ObjectNode labels = metadata.putObject("labels");
        labels.put("floor", Integer.toString(Math.floorMod(id.hashCode(), FLOORS)));
        String[] coordinates = COORDINATES.get(sensor.path("site").asText().replaceFirst("-[0-9]+$", ""));
        if (coordinates != null) {
            labels.put("latitude", coordinates[0]).put("longitude", coordinates[1]);
        }
        return metadata;
    }

    private String body(HttpRequest.Builder request) throws IOException, InterruptedException {
        return api.http()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Override
    public void close() {
        rounds.shutdownNow();
    }
}
