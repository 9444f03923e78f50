package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import jakarta.inject.Inject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class RequestLabelsTest {

    @Inject
    RequestLabels labels;

    /** It uses internal classes of Quarkus REST. */
    @Test
    void knowsThePathsOfTheApiDocument() {
        assertThat(labels.paths())
                .containsExactlyInAnyOrderElementsOf(
                        () -> ApiDocument.committed().tree().get("paths").fieldNames());
    }

    @ParameterizedTest(name = "{1} {2} of {0} is {3} {4}")
    @CsvSource({
        "http.server.requests, GET, /api/v1/sensors/{id}, GET, /api/v1/sensors/{id}",
        "http.server.requests, GET, NOT_FOUND, GET, NOT_FOUND",
        "http.server.requests, get, /api/v1/sensors/boiler-7, OTHER, UNKNOWN",
        "http.server.requests, HELLO, /api/v1/sensors, OTHER, /api/v1/sensors",
        "telltale.consumer.lag, made up, made up, made up, made up"
    })
    void replacesUnknownMethodsAndPaths(String meter, String method, String uri, String methodSaid, String uriSaid) {
        Meter.Id id = new Meter.Id(meter, Tags.of("method", method, "uri", uri), null, null, Meter.Type.TIMER);
        assertThat(Tags.of(labels.map(id).getTags())).isEqualTo(Tags.of("method", methodSaid, "uri", uriSaid));
    }
}
