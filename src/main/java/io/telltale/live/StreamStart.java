package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.telltale.api.ProblemException;
import io.telltale.store.StoreUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.OptionalLong;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Starts a subscriber where its request asks for: behind an event, at an instant of event time, or now. */
@Singleton
class StreamStart {

    private final Hub hub;
    private final Tail tail;
    private final TailPosition position;
    private final CatchUpScheduler catchUpScheduler;
    private final ReplayService replayService;

    @Inject
    StreamStart(
            Hub hub, Tail tail, TailPosition position, CatchUpScheduler catchUpScheduler, ReplayService replayService) {
        this.hub = hub;
        this.tail = tail;
        this.position = position;
        this.catchUpScheduler = catchUpScheduler;
        this.replayService = replayService;
    }

    /** An event id and the text that it was parsed from. */
    record ResumedEvent(EventId id, String text) {}

    /**
     * Registers a subscriber with the hub, and begins its stream. After a failure the caller removes it.
     *
     * @param resumed the event to resume behind; takes precedence over {@code since}
     * @param since the event time at which to begin a replay
     * @return completes when the subscriber has begun; fails with a {@link KafkaException}, a {@link
     *     StoreUnavailableException} or a {@link ProblemException}
     */
    Uni<Void> start(Subscriber subscriber, @Nullable ResumedEvent resumed, OptionalLong since) {
        return Uni.createFrom()
                .deferred(() -> {
                    // Registered first: without a subscriber the tail would end.
                    hub.add(subscriber);
                    return tail.include(subscriber.subscription());
                })
                .chain(() -> begin(subscriber, resumed, since));
    }

    private Uni<Void> begin(Subscriber subscriber, @Nullable ResumedEvent resumed, OptionalLong since) {
        if (resumed != null) {
            resume(subscriber, resumed);
        } else if (since.isPresent()) {
            return replayService.begin(subscriber, since.getAsLong());
        } else if (!position.begin(subscriber)) {
            throw TooManyPartitionsException.problem();
        }
        return Uni.createFrom().voidItem();
    }

    private void resume(Subscriber subscriber, ResumedEvent resumed) {
        Subscription subscription = subscriber.subscription();
        if (EventId.of(subscription, position.of(subscription), null).text(subscription.fingerprint()) == null) {
            throw TooManyPartitionsException.problem();
        }
        subscriber.begin(LiveEvent.idLine(resumed.text()), false);
        if (resumed.id().replay() != null) {
            replayService.resume(subscriber, resumed.id());
        } else {
            catchUpScheduler.start(subscriber, resumed.id());
        }
    }
}
