package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.api.ApiDocument;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service serves the committed document. {@link ApiDocumentTest} checks its contents. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ServedApiDocumentTest {

    @Test
    void servesTheDocumentAsYaml() {
        assertThat(given().get("/q/openapi").asString()).startsWith("---\nopenapi: 3.1.0\n");
    }

    /** JSON is YAML, too. */
    @ParameterizedTest
    @ValueSource(strings = {"yaml", "json"})
    void servesTheCommittedDocument(String format) {
        String served = given().queryParam("format", format).get("/q/openapi").asString();
        assertThat(ApiDocument.tree(served)).isEqualTo(ApiDocument.committed().tree());
    }
}
