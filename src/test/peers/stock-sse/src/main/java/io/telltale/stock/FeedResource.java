package io.telltale.stock;

import io.smallrye.mutiny.Multi;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.jboss.resteasy.reactive.RestStreamElementType;

/** What people write first: a channel, and a Multi for each who watches. */
@Path("/feed")
public class FeedResource {

    private final Multi<Reading> readings;

    FeedResource(@Channel("feed") Multi<Reading> readings) {
        // One that does not ask for more is not to hold up the others.
        this.readings = readings.onOverflow().buffer(4096);
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    public Multi<Reading> feed() {
        return readings;
    }
}
