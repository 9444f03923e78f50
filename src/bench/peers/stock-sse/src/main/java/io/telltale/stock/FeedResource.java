package io.telltale.stock;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.multi.processors.BroadcastProcessor;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.resteasy.reactive.RestStreamElementType;

/** What people write first: a processor that hands each reading on, and a Multi for each who watches. */
@ApplicationScoped
@Path("/feed")
public class FeedResource {

    // Not a broadcast channel: that ends for all once those who watched at first have left.
    private final BroadcastProcessor<Reading> readings = BroadcastProcessor.create();

    @Incoming("feed")
    public void take(Reading reading) {
        readings.onNext(reading);
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    public Multi<Reading> feed() {
        // One that does not ask for more is not to hold up the others.
        return readings.onOverflow().buffer(4096);
    }
}
