package io.telltale.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;

/** Compresses the documents of methods with {@link Gzipped}. Streams are compressed where they are opened. */
@Provider
@Gzipped
public class GzippedDocuments implements ContainerResponseFilter {

    private final ObjectMapper json;

    @Inject
    GzippedDocuments(ObjectMapper json) {
        this.json = json;
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) throws IOException {
        if (!response.hasEntity() || response.getStatus() != 200) {
            return;
        }
        response.getHeaders().add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        if (GzippedBody.isAccepted(request.getHeaderString(HttpHeaders.ACCEPT_ENCODING))) {
            Object document = response.getEntity();
            byte[] plain = document instanceof byte[] bytes ? bytes : json.writeValueAsBytes(document);
            response.setEntity(GzippedBody.of(plain));
            response.getHeaders().putSingle(HttpHeaders.CONTENT_ENCODING, "gzip");
        }
    }
}
