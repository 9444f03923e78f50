package io.telltale.query;

import io.telltale.api.MediaTypes;
import jakarta.ws.rs.core.MediaType;

/** The formats of responses: the values of parameter {@code format}. */
enum ResponseFormat {
    JSON(MediaType.APPLICATION_JSON),
    NDJSON(MediaTypes.NDJSON),
    CSV(MediaTypes.CSV),
    SENML(MediaTypes.SENML);

    private final String mediaType;

    ResponseFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    String mediaType() {
        return mediaType;
    }
}
