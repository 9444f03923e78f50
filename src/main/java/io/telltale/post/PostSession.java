package io.telltale.post;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.api.AsyncLimiter;
import io.telltale.api.BodyLimit;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.RequestDrain;
import io.telltale.post.PostBody.UnreadableBodyException;
import io.telltale.post.PostProducer.Sent;
import io.telltale.post.PostResult.Refusal;
import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.Decoded.Rejected;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One POST on its way to Kafka. It waits for room, then reads its body chunk by chunk and sends what is in it portion by
 * portion, never more than a window at once; while the window is full nothing more is read from the connection.
 *
 * <p>Portions are handed to the producer one after another, so the readings of a sensor keep their order. The first failure
 * ends the POST: what is under way is still waited for, so that the answer says what Kafka has. The room is given back when
 * nothing of the POST is held any more, however it ended.
 *
 * <p>Everything here happens on the event loop of the connection.
 */
final class PostSession {

    static final int MAX_BODY_BYTES = BodyLimit.MAX_BYTES;

    /** What any POST needs: chunks on their way in, a line, the window, and what is to be told of those refused. */
    static final int WORKING_BYTES = 512 << 10;

    /** How many of those refused are listed. */
    static final int MAX_LISTED = 1_000;

    private static final int WINDOW_BYTES = 64 << 10;
    private static final int PORTION_BYTES = 16 << 10;

    /** So that a body full of bad elements does not keep the event loop from others. */
    private static final int PORTION_ELEMENTS = 512;

    /** What a record costs besides its bytes, about. */
    private static final int RECORD_OVERHEAD_BYTES = 128;

    private static final long TICK_MILLIS = 250;

    private final HttpServerRequest request;
    private final PostBody body;
    private final Shared shared;
    private final Limits limits;
    private final Executor eventLoop;
    private final AsyncLimiter.Permit memory;
    private final List<Refusal> refusals = new ArrayList<>();

    private @Nullable UniEmitter<? super PostResult> emitter;
    private long timer;
    private long beganMillis;
    private long admittedMillis;
    private long heardMillis;
    private long sentMillis;
    private long received;
    private long underWayBytes;
    private int portionsUnderWay;
    private int elements;
    private int accepted;
    private int unlisted;
    private boolean hasRoom;
    private boolean isReading;
    private boolean isPreparing;
    private boolean isEnded;
    private boolean isDone;
    private boolean isFinished;
    private @Nullable ProblemException problem;

    /** What all POSTs share. */
    record Shared(PostMemoryBudget room, PostTopics topics, PostProducer producer, Clock clock, Vertx vertx) {}

    /**
     * How long is waited.
     *
     * @param turn for room
     * @param idle for the next bytes of the body
     * @param body for the whole body, from when there is room; null if it may take as long as it likes
     * @param kafka for Kafka to answer for what was sent; it does so earlier by itself, as a rule
     */
    record Limits(Duration turn, Duration idle, @Nullable Duration body, Duration kafka) {}

    /** Elements that are handed over together. */
    private static final class Portion {
        final List<PostedElement> readings = new ArrayList<>();
        long bytes;
        boolean isLast;
    }

    /** @param roomBytes the most that this POST can hold at once */
    PostSession(
            HttpServerRequest request,
            PostBody body,
            long roomBytes,
            Shared shared,
            Limits limits,
            Executor eventLoop) {
        this.request = request;
        this.body = body;
        this.memory = shared.room.permit(roomBytes);
        this.shared = shared;
        this.limits = limits;
        this.eventLoop = eventLoop;
    }

    /** Does it; fails with a problem unless something was accepted and nothing went wrong. To be subscribed to once. */
    Uni<PostResult> run() {
        return Uni.createFrom().emitter(subscriber -> {
            emitter = subscriber;
            subscriber.onTermination(() -> eventLoop.execute(this::leave));
            begin();
        });
    }

    private void begin() {
        beganMillis = shared.clock.millis();
        timer = shared.vertx.setPeriodic(TICK_MILLIS, tick -> look());
        request.exceptionHandler(failure -> leave());
        memory.acquire()
                .subscribe()
                .with(
                        ignored -> granted(),
                        full -> stop(busy("%d others wait already".formatted(PostMemoryBudget.MAX_WAITING)), null));
    }

    private void granted() {
        eventLoop.execute(() -> {
            if (!isFinished) {
                hasRoom = true;
                read();
            }
        });
    }

    private void read() {
        admittedMillis = shared.clock.millis();
        if (request.isEnded()) {
            ended();
            return;
        }
        request.handler(this::take);
        request.endHandler(end -> ended());
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        readOn();
    }

    private void readOn() {
        if (isEnded) {
            isDone = true;
            finishIfSettled();
        } else if (!isReading) {
            isReading = true;
            heardMillis = shared.clock.millis();
            request.fetch(1);
        }
    }

    private void take(Buffer chunk) {
        isReading = false;
        if (problem != null) {
            return;
        }
        received += chunk.length();
        if (received > MAX_BODY_BYTES) {
            stop(
                    Problem.of(
                            ProblemCode.BODY_TOO_LARGE,
                            "the body is more than %d bytes; expected at most as many".formatted(MAX_BODY_BYTES)),
                    null);
            return;
        }
        body.add(chunk.getBytes());
        pump();
    }

    private void ended() {
        isReading = false;
        isEnded = true;
        if (problem != null) {
            return;
        }
        try {
            body.end(shared.clock.millis());
        } catch (UnreadableBodyException e) {
            stop(unreadable(e), null);
            return;
        }
        lookOn();
    }

    /** Until it is known whether the body can be taken; others have their turn in between. */
    private void lookOn() {
        if (problem != null) {
            return;
        }
        try {
            if (!body.isReadable()) {
                eventLoop.execute(this::lookOn);
                return;
            }
        } catch (UnreadableBodyException e) {
            stop(unreadable(e), null);
            return;
        }
        pump();
    }

    private static Problem unreadable(UnreadableBodyException e) {
        return Problem.of(ProblemCode.BAD_REQUEST, "the body %s; nothing of it was taken".formatted(e.getMessage()));
    }

    /** Sends what is there, as far as the window goes; reads on when nothing is there any more. */
    private void pump() {
        while (problem == null && !isDone && !isPreparing && underWayBytes < WINDOW_BYTES) {
            Portion portion = gather();
            if (!portion.readings.isEmpty()) {
                send(portion);
            }
            if (portion.isLast) {
                readOn();
                return;
            }
            if (portion.readings.isEmpty()) {
                eventLoop.execute(this::pump);
                return;
            }
        }
    }

    private Portion gather() {
        Portion portion = new Portion();
        long nowMillis = shared.clock.millis();
        for (int seen = 0; seen < PORTION_ELEMENTS && portion.bytes < PORTION_BYTES; seen++) {
            PostedElement posted = body.next(nowMillis);
            if (posted == null) {
                portion.isLast = true;
                break;
            }
            if (posted.verdict() instanceof Rejected rejected) {
                refuse(rejected);
            } else {
                portion.readings.add(posted);
                portion.bytes += posted.record().length + RECORD_OVERHEAD_BYTES;
            }
            elements++;
        }
        return portion;
    }

    private void refuse(Rejected rejected) {
        if (refusals.size() < MAX_LISTED) {
            refusals.add(new Refusal(elements, rejected.reason().code(), rejected.detail()));
        } else {
            unlisted++;
        }
    }

    private void send(Portion portion) {
        underWayBytes += portion.bytes;
        portionsUnderWay++;
        sentMillis = shared.clock.millis();
        Set<SensorType> unknown = portion.readings.stream()
                .map(PostSession::type)
                .filter(type -> !shared.topics.knows(type))
                .collect(Collectors.toSet());
        if (unknown.isEmpty()) {
            handOver(portion);
            return;
        }
        isPreparing = true;
        shared.topics
                .provide(unknown)
                .subscribe()
                .with(
                        there -> eventLoop.execute(() -> prepared(portion)),
                        failure -> eventLoop.execute(() -> {
                            isPreparing = false;
                            settle(portion, 0, failure);
                        }));
    }

    private void prepared(Portion portion) {
        isPreparing = false;
        if (problem != null) {
            settle(portion, 0, null);
            return;
        }
        handOver(portion);
        pump();
    }

    private void handOver(Portion portion) {
        shared.producer.send(portion.readings, sent -> eventLoop.execute(() -> settled(portion, sent)));
    }

    private void settled(Portion portion, Sent sent) {
        settle(portion, sent.taken(), sent.failure());
        pump();
    }

    private void settle(Portion portion, int taken, @Nullable Throwable failure) {
        underWayBytes -= portion.bytes;
        portionsUnderWay--;
        accepted += taken;
        sentMillis = shared.clock.millis();
        if (failure != null) {
            stop(kafkaUnavailable(), failure);
        }
        finishIfSettled();
        if (isFinished && portionsUnderWay == 0) {
            memory.release();
        }
    }

    private static SensorType type(PostedElement posted) {
        Accepted reading = posted.accepted();
        if (reading == null) {
            throw new IllegalArgumentException("a portion holds readings only");
        }
        return reading.reading().type();
    }

    /** Looks whether somebody has been waited for too long. */
    private void look() {
        long now = shared.clock.millis();
        if (!hasRoom) {
            if (now - beganMillis > limits.turn.toMillis()) {
                stop(busy("it waited %s".formatted(limits.turn)), null);
            }
        } else if (isReading && now - heardMillis > limits.idle.toMillis()) {
            stop(slow("nothing of it came for %s".formatted(limits.idle)), null);
        } else if (limits.body != null && isReading && now - admittedMillis > limits.body.toMillis()) {
            stop(slow("it was not there after %s".formatted(limits.body)), null);
        } else if (portionsUnderWay > 0 && now - sentMillis > limits.kafka.toMillis()) {
            stop(kafkaUnavailable(), null);
            finish();
        }
    }

    /** The client is gone, or has its answer. */
    private void leave() {
        if (!isFinished) {
            stop(Problem.of(ProblemCode.BAD_REQUEST, "the body broke off"), null);
        }
    }

    private static Problem busy(String how) {
        return Problem.of(
                ProblemCode.UNAVAILABLE, "other posts hold all the memory there is for posts, and %s".formatted(how));
    }

    private static Problem slow(String how) {
        return Problem.of(ProblemCode.BAD_REQUEST, "the body is not complete, and %s".formatted(how));
    }

    private static Problem kafkaUnavailable() {
        return Problem.of(ProblemCode.KAFKA_UNAVAILABLE, "Kafka did not take all readings");
    }

    /** Takes nothing more. The first reason is the one that is told. */
    private void stop(Problem reason, @Nullable Throwable cause) {
        if (problem == null) {
            problem = new ProblemException(reason, cause);
        }
        finishIfSettled();
    }

    private void finishIfSettled() {
        if (portionsUnderWay == 0 && (problem != null || isDone)) {
            finish();
        }
    }

    private void finish() {
        if (isFinished) {
            return;
        }
        isFinished = true;
        shared.vertx.cancelTimer(timer);
        if (portionsUnderWay == 0) {
            memory.release();
        }
        RequestDrain.discard(request, shared.vertx);
        answer();
    }

    private void answer() {
        UniEmitter<? super PostResult> subscriber = emitter;
        if (subscriber == null) {
            return;
        }
        if (problem != null) {
            Problem told = problem.problem();
            subscriber.fail(new ProblemException(
                    withResult(Problem.of(
                            told.code(), "%s; %d readings were accepted".formatted(told.detail(), accepted))),
                    problem.getCause()));
        } else if (accepted == 0) {
            subscriber.fail(withResult(Problem.of(
                            ProblemCode.NOTHING_ACCEPTABLE, "none of %d readings was accepted".formatted(elements)))
                    .exception());
        } else {
            subscriber.complete(new PostResult(accepted, refusals, unlisted));
        }
    }

    private Problem withResult(Problem problem) {
        Problem told = problem.with("accepted", accepted).with("rejected", refusals);
        return unlisted == 0 ? told : told.with("unlisted", unlisted);
    }
}
