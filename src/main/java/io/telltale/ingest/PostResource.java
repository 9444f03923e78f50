package io.telltale.ingest;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.smallrye.reactive.messaging.kafka.Record;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.ingest.PostResult.Refusal;
import io.telltale.ingest.PostedBody.Posted;
import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.Decoded.Rejected;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jspecify.annotations.Nullable;

/** Readings over HTTP, into Kafka: answered once Kafka has them, so what is accepted is as safe as any other record. */
@Path("/api/v1")
@Tag(name = "readings")
public class PostResource {

    /** The largest body, inclusive: 10 MiB. */
    static final int MAX_BODY_BYTES = 10 << 20;

    private static final int SENDS_AT_ONCE = 256;
    private static final int WAITING_SENDS = 16_384;

    private final MutinyEmitter<Record<byte[], byte[]>> emitter;
    private final KafkaTopics topics;
    private final Clock clock;
    private final PostedBody reader = new PostedBody();
    private final Set<SensorType> withTopic = ConcurrentHashMap.newKeySet();

    @Inject
    PostResource(
            @Channel("posted") @OnOverflow(value = OnOverflow.Strategy.BUFFER, bufferSize = WAITING_SENDS)
                    MutinyEmitter<Record<byte[], byte[]>> emitter,
            KafkaTopics topics,
            Clock clock) {
        this.emitter = emitter;
        this.topics = topics;
        this.clock = clock;
    }

    @POST
    @Path("/readings")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "Sends one reading or an array of readings, each with its type, to Kafka")
    @APIResponse(
            responseCode = "202",
            description = "Kafka has the accepted ones",
            content = @Content(schema = @Schema(implementation = PostResult.class)))
    @APIResponse(responseCode = "400", ref = "NotReadings")
    @APIResponse(responseCode = "413", ref = "BodyTooLarge")
    @APIResponse(responseCode = "415", ref = "UnsupportedMediaType")
    @APIResponse(responseCode = "422", ref = "NothingAcceptable")
    @APIResponse(responseCode = "503", ref = "KafkaUnavailable")
    @RequestBody(required = true, content = @Content(schema = @Schema(ref = "PostedReadings")))
    public Uni<Response> post(@Context UriInfo request, byte @Nullable [] body) {
        Parameters.of(request);
        List<Posted> posted = read(body);
        List<Refusal> refusals = refusals(posted);
        List<Posted> accepted =
                posted.stream().filter(one -> one.decoded() instanceof Accepted).toList();
        if (accepted.isEmpty()) {
            throw Problem.of(
                            ProblemCode.NOTHING_ACCEPTABLE, "none of %d readings was accepted".formatted(posted.size()))
                    .with("accepted", 0)
                    .with("rejected", refusals)
                    .exception();
        }
        return sendAll(accepted).map(sent -> Response.accepted(new PostResult(accepted.size(), refusals))
                .build());
    }

    private List<Posted> read(byte @Nullable [] body) {
        if (body == null || body.length == 0) {
            throw Problem.of(ProblemCode.BAD_REQUEST, "there is no body; expected a reading or an array of readings")
                    .exception();
        }
        if (body.length > MAX_BODY_BYTES) {
            throw Problem.of(
                            ProblemCode.BODY_TOO_LARGE,
                            "the body is %d bytes; expected at most %d".formatted(body.length, MAX_BODY_BYTES))
                    .exception();
        }
        try {
            return reader.read(body, clock.millis());
        } catch (IOException e) {
            throw Problem.of(
                            ProblemCode.BAD_REQUEST,
                            "the body is not a JSON object or an array of them; nothing of it was taken")
                    .exception();
        }
    }

    private static List<Refusal> refusals(List<Posted> posted) {
        List<Refusal> refusals = new ArrayList<>();
        for (int index = 0; index < posted.size(); index++) {
            if (posted.get(index).decoded() instanceof Rejected rejected) {
                refusals.add(new Refusal(index, rejected.reason().code(), rejected.detail()));
            }
        }
        return refusals;
    }

    private Uni<Void> sendAll(List<Posted> accepted) {
        AtomicInteger taken = new AtomicInteger();
        Set<SensorType> types = accepted.stream()
                .map(one -> ((Accepted) one.decoded()).reading().type())
                .filter(type -> !withTopic.contains(type))
                .collect(Collectors.toSet());
        return Multi.createFrom()
                .iterable(types)
                .onItem()
                .transformToUniAndConcatenate(this::makeTopic)
                .collect()
                .last()
                .chain(() -> Multi.createFrom()
                        .iterable(accepted)
                        .onItem()
                        .transformToUni(one -> send(one).invoke(taken::incrementAndGet))
                        .merge(SENDS_AT_ONCE)
                        .collect()
                        .last())
                .onFailure()
                .transform(failure -> new ProblemException(
                        Problem.of(
                                        ProblemCode.KAFKA_UNAVAILABLE,
                                        "Kafka took %d of %d readings and then no more"
                                                .formatted(taken.get(), accepted.size()))
                                .with("accepted", taken.get()),
                        failure))
                .replaceWithVoid();
    }

    private Uni<Void> makeTopic(SensorType type) {
        return topics.exists(type)
                .chain(there -> there ? Uni.createFrom().voidItem() : topics.make(type))
                .invoke(() -> withTopic.add(type));
    }

    private Uni<Void> send(Posted posted) {
        Accepted accepted = (Accepted) posted.decoded();
        byte[] key = accepted.reading().sensorId().value().getBytes(StandardCharsets.UTF_8);
        OutgoingKafkaRecordMetadata<?> metadata = OutgoingKafkaRecordMetadata.builder()
                .withTopic(accepted.reading().type().topic())
                .build();
        return emitter.sendMessage(Message.of(Record.of(key, posted.bytes())).addMetadata(metadata));
    }
}
