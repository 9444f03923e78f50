package io.telltale.delivery;

import com.fasterxml.jackson.databind.JsonNode;

/** One object of Kubernetes as it is written down. */
record Manifest(JsonNode json) {

    String apiVersion() {
        return json.path("apiVersion").asText();
    }

    String kind() {
        return json.path("kind").asText();
    }

    String name() {
        return json.at("/metadata/name").asText();
    }

    /** Such as {@code Deployment/telltale}. */
    String title() {
        return kind() + "/" + name();
    }

    /** What is at a JSON pointer; a missing node where there is nothing. */
    JsonNode at(String pointer) {
        return json.at(pointer);
    }
}
