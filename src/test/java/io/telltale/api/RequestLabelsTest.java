package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(LocalStackResource.class)
class RequestLabelsTest {

    @Inject
    RequestLabels labels;

    private Tags labelled(String name, String method, String uri) {
        Meter.Id id = new Meter.Id(name, Tags.of("method", method, "uri", uri), null, null, Meter.Type.TIMER);
        return Tags.of(labels.map(id).getTags());
    }

    /** It goes by classes of Quarkus REST that are not API. */
    @Test
    void thePathsAreThoseOfTheApiDocument() throws IOException {
        JsonNode document = new ObjectMapper(new YAMLFactory())
                .readTree(Path.of("docs", "openapi.yaml").toFile());
        assertThat(labels.paths())
                .containsExactlyInAnyOrderElementsOf(() -> document.get("paths").fieldNames());
    }

    @Test
    void whatThereIsKeepsItsName() {
        assertThat(labelled("http.server.requests", "GET", "/api/v1/sensors/{id}"))
                .isEqualTo(Tags.of("method", "GET", "uri", "/api/v1/sensors/{id}"));
        assertThat(labelled("http.server.requests", "GET", "NOT_FOUND"))
                .isEqualTo(Tags.of("method", "GET", "uri", "NOT_FOUND"));
    }

    @Test
    void whatClientsMakeUpHasNone() {
        assertThat(labelled("http.server.requests", "get", "/api/v1/sensors/boiler-7"))
                .isEqualTo(Tags.of("method", "OTHER", "uri", "UNKNOWN"));
        assertThat(labelled("http.server.requests", "HELLO", "/api/v1/sensors"))
                .isEqualTo(Tags.of("method", "OTHER", "uri", "/api/v1/sensors"));
    }

    @Test
    void whatIsNoRequestIsLeftAlone() {
        assertThat(labelled("telltale.consumer.lag", "made up", "made up"))
                .isEqualTo(Tags.of("method", "made up", "uri", "made up"));
    }
}
