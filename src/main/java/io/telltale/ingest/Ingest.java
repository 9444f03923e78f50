package io.telltale.ingest;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.ingest.KafkaTopics.IngestTopic;
import io.telltale.ingest.OffsetTracker.End;
import io.telltale.ingest.OffsetTracker.Slice;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.Database;
import io.telltale.store.DeletionLog;
import io.telltale.store.Deletions;
import io.telltale.store.Layout;
import io.telltale.store.Layouts;
import io.telltale.store.ObservationBatch;
import io.telltale.store.ReadingPartition;
import io.telltale.store.ReadingStore;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import io.telltale.store.Retention;
import io.telltale.store.RowBatch;
import io.telltale.store.SensorObservation;
import io.telltale.store.SensorRegistry;
import io.telltale.store.SensorRegistry.Standing;
import io.telltale.store.StoreUnavailableException;
import io.telltale.store.TimestampedDescription;
import io.telltale.streams.Concatenation;
import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.Decoded.Rejected;
import io.telltale.wire.HeaderValues;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.RecordDecoder;
import io.telltale.wire.Rejection;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes the records of all sensor topics, poll by poll, and makes each a durable reading or a dead letter.
 *
 * <p>At least once: an offset is committed only when everything before it in its partition is dealt with, and dealing
 * with a record twice changes nothing. A poll is taken once the one before is held, and held within bounds; so what is
 * behind a slow store waits in Kafka. A failed write is tried again for as long as the outage lasts.
 */
@ApplicationScoped
public class Ingest {

    /** The Reactive Messaging channel that carries the polls. */
    static final String CHANNEL = "sensors";

    private static final String REGISTERING = "registering sensors";

    private static final Logger log = Logger.getLogger(Ingest.class);
    private static final RateLimitedLog NOT_RENEWED = new RateLimitedLog(log, Logger.Level.ERROR);
    private static final long TICK_MILLIS = 10;
    private static final long LONGEST_DRAIN_MILLIS = 10_000;

    /** At the end, something may be away that only a part of what is held waits for. */
    private static final Duration LONGEST_HOPE = Duration.ofSeconds(1);

    private static final long PAUSE_OF_RENEWALS_MILLIS = 10_000;

    private final IngestConfig config;
    private final Database database;
    private final KafkaTopics topics;
    private final PartitionAssignment partitionAssignment;
    private final StartOffsets startOffsets;
    private final SensorRegistry sensors;
    private final ReadingStore store;
    private final Retention retention;
    private final DeletionLog deletions;
    private final Layouts layouts;
    private final DeadLetters deadLetters;
    private final OffsetCommitter offsetCommitter;
    private final IngestMetrics metrics;
    private final IngestHealth pulse;
    private final IngestTracing trace;
    private final Clock clock;
    private final Vertx vertx;
    private final Context context;
    private final Executor loop;
    private final RecordDecoder decoder = new RecordDecoder();
    private final Accumulator accumulator;
    private int deadLettersInFlight;
    private long deadLetterBytesInFlight;
    private boolean isTaking;
    private volatile boolean isDraining;
    private volatile long renewalsGoOnMillis;

    private @Nullable UniEmitter<? super Void> waitingForDeadLetters;

    /** A record, what it carries and which readings are in that, and the slice of its partition in which it will be done. */
    private record Arrival(
            ConsumerRecord<byte[], byte[]> record,
            IngestTopic topic,
            Decoded decoded,
            Collection<Accepted> accepted,
            Slice slice) {

        static Arrival of(ConsumerRecord<byte[], byte[]> record, IngestTopic topic, Decoded decoded, Slice slice) {
            return new Arrival(record, topic, decoded, decoded.accepted(), slice);
        }

        Arrival checked(Decoded.Check check) {
            return of(record, topic, decoded.checked(check), slice);
        }
    }

    /** The latest of some event times. */
    private static final class Latest {
        private long millis = Long.MIN_VALUE;

        void note(long timestampMillis) {
            millis = Math.max(millis, timestampMillis);
        }
    }

    /** A sensor as a record speaks of it. One id may come under two types, of which one is wrong. */
    private record Claim(SensorId id, SensorType type) {}

    @Inject
    Ingest(
            IngestConfig config,
            Database database,
            KafkaTopics topics,
            @Identifier(PartitionAssignment.NAME) PartitionAssignment partitionAssignment,
            StartOffsets startOffsets,
            SensorRegistry sensors,
            ReadingStore store,
            Retention retention,
            DeletionLog deletions,
            Layouts layouts,
            DeadLetters deadLetters,
            OffsetCommitter offsetCommitter,
            IngestMetrics metrics,
            IngestHealth pulse,
            IngestTracing trace,
            Clock clock,
            Vertx vertx) {
        this.config = IngestSettings.checked(config);
        this.database = database;
        this.topics = topics;
        this.partitionAssignment = partitionAssignment;
        this.startOffsets = startOffsets;
        this.sensors = sensors;
        this.store = store;
        this.retention = retention;
        this.deletions = deletions;
        this.layouts = layouts;
        this.deadLetters = deadLetters;
        this.offsetCommitter = offsetCommitter;
        this.metrics = metrics;
        this.pulse = pulse;
        this.trace = trace;
        this.clock = clock;
        this.vertx = vertx;
        // One event loop owns everything between decoding and acknowledging, so nothing in between is locked.
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.loop = task -> context.runOnContext(ignored -> task.run());
        context.exceptionHandler(pulse::broke);
        this.accumulator =
                new Accumulator(config, new Backoff(config, new SplittableRandom()), new Cassandra(), System::nanoTime);
    }

    void start(@Observes StartupEvent start) {
        metrics.watch(accumulator::writesInFlight, accumulator::writeLimit, accumulator::heldReadings);
        context.runOnContext(ignored -> {
            vertx.setPeriodic(TICK_MILLIS, tick -> tick());
            vertx.setPeriodic(config.commitInterval().toMillis(), tick -> offsetCommitter.commit());
        });
        persistently("making the topic of dead letters", topics.makeDeadLetters())
                .subscribe()
                .with(made -> {}, failure -> log.error("The topic of dead letters cannot be made", failure));
    }

    private void tick() {
        accumulator.tick();
        pulse.busy(!isIdle());
    }

    /**
     * Finishes what is held, commits it and takes no more, so that a restart repeats next to nothing. Once an outage lets
     * nothing through there is nothing to wait for: what is not committed is read again. HTTP is still served meanwhile.
     */
    void stop(@Observes @Priority(2_000) ShutdownDelayInitiatedEvent shutdown) throws InterruptedException {
        CountDownLatch drained = new CountDownLatch(1);
        context.runOnContext(ignored -> drain(drained));
        // The one wait there is in Telltale, on the thread that ends the process and has nothing else to do.
        boolean isDrained = drained.await(LONGEST_DRAIN_MILLIS, TimeUnit.MILLISECONDS);
        log.infof(isDrained ? "Ingest is drained" : "Ingest was not drained in time; the rest is read again");
    }

    private void drain(CountDownLatch drained) {
        isDraining = true;
        vertx.setPeriodic(TICK_MILLIS, timer -> {
            accumulator.flush();
            if (isIdle() || (pulse.outage().isPresent() && !pulse.hasMovedWithin(LONGEST_HOPE))) {
                vertx.cancelTimer(timer);
                offsetCommitter
                        .commitDurable()
                        .onTermination()
                        .invoke(drained::countDown)
                        .subscribe()
                        .with(done -> {}, failure -> log.warnf("The last commit failed: %s", failure));
            }
        });
    }

    private boolean isIdle() {
        return !isTaking && accumulator.heldReadings() == 0 && deadLettersInFlight == 0;
    }

    /** The whole of ingest: what happens to a poll. */
    @Incoming(CHANNEL)
    Uni<Void> take(ConsumerRecords<byte[], byte[]> bundles) {
        if (isDraining) {
            return Uni.createFrom().nothing(); // read again by whoever comes next
        }
        ConsumerRecords<byte[], byte[]> poll = PartitionBatch.unbundled(bundles);
        return trace.poll(poll.count(), hold(poll, startOffsets.prefixes(poll)));
    }

    private Uni<Void> hold(ConsumerRecords<byte[], byte[]> poll, Map<TopicPartition, OffsetTracker> owned) {
        return database.whenReady()
                .emitOn(loop)
                .invoke(() -> isTaking = true)
                .onItem()
                .transformToMulti(ready -> Multi.createFrom().iterable(BatchSplitter.of(poll)))
                .plug(Concatenation.unis(portion -> take(portion, owned)))
                .onItem()
                .ignoreAsUni()
                .invoke(() -> isTaking = false)
                // The messaging layer would stop the channel and say nothing that health hears.
                .onFailure()
                .invoke(pulse::broke);
    }

    /** What happens to a portion of it. The next one is taken once there is room again. */
    private Uni<Void> take(ConsumerRecords<byte[], byte[]> portion, Map<TopicPartition, OffsetTracker> owned) {
        return learnTopics(owned)
                .emitOn(loop)
                .map(known -> decode(portion, known, owned))
                .chain(this::register)
                .chain(arrivals -> Uni.combine()
                        .all()
                        .unis(whatWasDeleted(), layouts(arrivals))
                        .asTuple()
                        .emitOn(loop)
                        .invoke(found -> hold(arrivals, found.getItem1(), found.getItem2())))
                .chain(accumulator::room)
                .chain(this::roomForDeadLetters);
    }

    /** Asks only for what is still this replica's: of a topic that is gone, Kafka would never tell. */
    private Uni<Map<String, IngestTopic>> learnTopics(Map<TopicPartition, OffsetTracker> owned) {
        return persistently(
                "learning about topics",
                Uni.createFrom()
                        .deferred(() -> startOffsets.settle(owned.keySet().stream()
                                .filter(partition -> partitionAssignment.isCurrent(partition, owned.get(partition)))
                                .toList())));
    }

    /** What was given away since the poll is left out: its next owner, this one or another, reads it again. */
    private List<Arrival> decode(
            ConsumerRecords<byte[], byte[]> portion,
            Map<String, IngestTopic> known,
            Map<TopicPartition, OffsetTracker> owned) {
        List<Arrival> arrivals = new ArrayList<>(portion.count());
        for (TopicPartition partition : portion.partitions()) {
            IngestTopic topic = known.get(partition.topic());
            OffsetTracker prefix = owned.get(partition);
            if (prefix == null || !partitionAssignment.isCurrent(partition, prefix)) {
                continue;
            }
            if (topic == null) {
                startOffsets.leaveOut(partition, prefix);
                continue;
            }
            List<ConsumerRecord<byte[], byte[]>> records = portion.records(partition);
            ConsumerRecord<byte[], byte[]> last = records.get(records.size() - 1);
            Slice slice = prefix.open(last.offset() + 1, recordTimeOf(last), records.size());
            metrics.received(partition.topic(), records.size());
            for (ConsumerRecord<byte[], byte[]> record : records) {
                arrivals.add(Arrival.of(record, topic, decode(record, topic), slice));
            }
        }
        return arrivals;
    }

    /** Only the broker's clock says anything about records to come; a producer's may be anywhere. */
    private static long recordTimeOf(ConsumerRecord<byte[], byte[]> last) {
        return last.timestampType() == TimestampType.LOG_APPEND_TIME ? last.timestamp() : End.NO_RECORD_TIME;
    }

    private Decoded decode(ConsumerRecord<byte[], byte[]> record, IngestTopic topic) {
        Decoded decoded =
                decoder.decode(topic.type(), headers(record), record.key(), record.value(), record.timestamp());
        // The producer's clock set this record time. Far ahead, it would win over every later correction.
        boolean isAhead = record.timestampType() == TimestampType.CREATE_TIME
                && record.timestamp() - clock.millis() > ReadingDecoder.MAX_AHEAD_MILLIS;
        return isAhead && !decoded.accepted().isEmpty()
                ? new Rejected(
                        Rejection.TIMESTAMP_IN_FUTURE,
                        "record time %d ms, set by its producer, is more than 10 min ahead of the clock"
                                .formatted(record.timestamp()))
                : decoded;
    }

    private static HeaderValues headers(ConsumerRecord<byte[], byte[]> record) {
        if (record.headers().toArray().length == 0) {
            return HeaderValues.NONE;
        }
        return name -> {
            Header header = record.headers().lastHeader(name);
            return header == null ? null : header.value();
        };
    }

    /** Registers the sensors that are not remembered, and what is new of the others; rejects ids of another type. */
    private Uni<List<Arrival>> register(List<Arrival> arrivals) {
        List<Standing> standings = sensors.standings(sightings(arrivals));
        return standings.isEmpty() ? Uni.createFrom().item(arrivals) : settle(arrivals, standings.iterator());
    }

    private Uni<List<Arrival>> settle(List<Arrival> arrivals, Iterator<Standing> standings) {
        Map<Claim, SensorObservation> unsettled = new HashMap<>();
        Map<Claim, SensorObservation> due = new HashMap<>();
        for (Arrival arrival : arrivals) {
            for (Accepted accepted : arrival.accepted()) {
                long recordTimeMillis = arrival.record().timestamp();
                switch (standings.next()) {
                    case SETTLED -> {}
                    case TO_BE_RENEWED -> claim(due, accepted, recordTimeMillis);
                    case TO_BE_CLAIMED -> claim(unsettled, accepted, recordTimeMillis);
                }
            }
        }
        Uni<Void> renewed = due.isEmpty() ? Uni.createFrom().voidItem() : renew(due.values());
        if (unsettled.isEmpty()) {
            return renewed.replaceWith(arrivals);
        }
        return renewed.chain(() -> register(new AdaptiveBatches<>(List.copyOf(unsettled.values()))))
                .map(registered -> withoutRefused(arrivals, refused(unsettled.keySet(), registered)));
    }

    /** Of a thousand sensors that are new at once, a few requests that are refused would otherwise hold up all, again and again. */
    private Uni<Map<SensorId, Sensor>> register(AdaptiveBatches<SensorObservation> claims) {
        Uni<Map<SensorId, Sensor>> group = Uni.createFrom()
                .deferred(() -> sensors.register(claims.next()))
                .onFailure()
                .invoke(claims::failed);
        return Concatenation.repeated(
                        () -> againAndAgain(REGISTERING, group).invoke(claims::done), registered -> claims.isMore())
                .collect()
                .<Map<SensorId, Sensor>>in(HashMap::new, Map::putAll)
                .invoke(() -> pulse.succeeded(REGISTERING));
    }

    private static ObservationBatch sightings(List<Arrival> arrivals) {
        ObservationBatch sightings = new ObservationBatch(arrivals.size());
        for (Arrival arrival : arrivals) {
            for (Accepted accepted : arrival.accepted()) {
                Reading reading = accepted.reading();
                sightings.add(
                        reading.sensorId(),
                        reading.type(),
                        accepted.description(),
                        arrival.record().timestamp());
            }
        }
        return sightings;
    }

    private static void claim(Map<Claim, SensorObservation> claims, Accepted accepted, long recordTimeMillis) {
        Reading reading = accepted.reading();
        TimestampedDescription said = TimestampedDescription.of(accepted.description(), recordTimeMillis);
        claims.merge(
                new Claim(reading.sensorId(), reading.type()),
                new SensorObservation(reading.sensorId(), reading.type(), said),
                SensorObservation::and);
    }

    /**
     * Notes again what is known, once, and for a while not at all if that fails: every sensor has its turn each hour, and
     * one that lies in a part of the store that cannot be written would hold up all the others.
     */
    private Uni<Void> renew(Collection<SensorObservation> due) {
        if (clock.millis() < renewalsGoOnMillis) {
            return Uni.createFrom().voidItem();
        }
        return sensors.register(due)
                .replaceWithVoid()
                // Of any kind: what it is for is that readings of known sensors do not wait for it.
                .onFailure()
                .recoverWithUni(failure -> {
                    renewalsGoOnMillis = clock.millis() + PAUSE_OF_RENEWALS_MILLIS;
                    if (failure instanceof StoreUnavailableException) {
                        log.debugf("What is known of some sensors is not renewed: %s", failure);
                    } else {
                        NOT_RENEWED.say("What is known of some sensors is not renewed for now", failure);
                    }
                    return Uni.createFrom().voidItem();
                });
    }

    /** The claims whose sensor is registered under another type, with that type. */
    private static Map<Claim, SensorType> refused(Set<Claim> claims, Map<SensorId, Sensor> registered) {
        Map<Claim, SensorType> refused = new HashMap<>();
        for (Claim claim : claims) {
            Sensor sensor = registered.get(claim.id());
            if (sensor != null && !sensor.type().equals(claim.type())) {
                refused.put(claim, sensor.type());
            }
        }
        return refused;
    }

    private static List<Arrival> withoutRefused(List<Arrival> arrivals, Map<Claim, SensorType> refused) {
        if (refused.isEmpty()) {
            return arrivals;
        }
        return arrivals.stream()
                .map(arrival -> arrival.checked(accepted -> {
                    Reading reading = accepted.reading();
                    SensorType registered = refused.get(new Claim(reading.sensorId(), reading.type()));
                    return registered == null
                            ? null
                            : new Rejected(
                                    Rejection.TYPE_MISMATCH,
                                    "sensor %s is registered under type %s; expected that type, got topic %s"
                                            .formatted(
                                                    reading.sensorId(),
                                                    registered,
                                                    arrival.record().topic()));
                }))
                .toList();
    }

    private Uni<Deletions> whatWasDeleted() {
        return persistently("reading what was deleted", deletions.known());
    }

    /** The layouts to place these by; those that this replica has, as long as they are certain of the latest. */
    private Uni<Map<SensorType, Layout>> layouts(List<Arrival> arrivals) {
        Map<SensorType, Latest> latest = new HashMap<>();
        for (Arrival arrival : arrivals) {
            if (arrival.accepted().isEmpty()) {
                continue;
            }
            Latest ofType = latest.computeIfAbsent(arrival.topic().type(), unknown -> new Latest());
            for (Accepted accepted : arrival.accepted()) {
                ofType.note(accepted.reading().timestampMillis());
            }
        }
        Map<SensorType, Layout> found = new HashMap<>();
        return Multi.createFrom()
                .iterable(latest.entrySet())
                .plug(Concatenation.unis(
                        type -> persistently("reading layouts", layouts.toPlace(type.getKey(), type.getValue().millis))
                                .invoke(layout -> found.put(type.getKey(), layout))))
                .collect()
                .last()
                .replaceWith(found);
    }

    private void hold(List<Arrival> arrivals, Deletions deleted, Map<SensorType, Layout> placing) {
        for (Arrival arrival : arrivals) {
            Collection<Accepted> accepted = arrival.accepted();
            Rejected rejected = arrival.decoded().rejected();
            arrival.slice().split(accepted.size() + (rejected == null ? 0 : 1));
            for (Accepted one : accepted) {
                if (retention.isOver(one.reading())) {
                    metrics.expired();
                    arrival.slice().done();
                } else if (deleted.cover(one.reading(), arrival.record().timestamp())) {
                    metrics.deleted();
                    arrival.slice().done();
                } else {
                    hold(
                            arrival,
                            one.reading(),
                            Objects.requireNonNull(placing.get(one.reading().type())));
                }
            }
            if (rejected != null) {
                reject(arrival, rejected);
            }
        }
    }

    /** The readings of a pack have one origin: no two of them are for the same sensor and millisecond. */
    private void hold(Arrival arrival, Reading reading, Layout layout) {
        ConsumerRecord<byte[], byte[]> record = arrival.record();
        IngestTopic topic = arrival.topic();
        accumulator.add(
                layout.partitionOf(reading.sensorId(), reading.timestampMillis()),
                new RecordedReading(
                        reading,
                        new RecordOrigin(topic.epoch() & 0xff, record.partition(), record.offset()),
                        record.timestamp()),
                arrival.slice());
    }

    /** Where the accumulator writes to. */
    private final class Cassandra implements Accumulator.Target {

        private static final String WRITING = "writing readings";

        @Override
        public Uni<Void> write(ReadingPartition partition, RowBatch rows) {
            return trace.write(partition.type(), rows.size(), store.write(partition, rows))
                    .emitOn(loop)
                    .invoke(() -> {
                        metrics.stored(partition.type(), rows);
                        pulse.succeeded(WRITING, partition);
                    })
                    .onFailure()
                    .invoke(failure -> pulse.failed(WRITING, partition, failure));
        }

        @Override
        public void broke(Throwable bug) {
            pulse.broke(bug);
        }
    }

    private void reject(Arrival arrival, Rejected rejected) {
        metrics.rejected(rejected.reason());
        long bytes = DeadLetters.sizeBytes(arrival.record());
        deadLettersInFlight++;
        deadLetterBytesInFlight += bytes;
        persistently("sending dead letters", deadLetters.send(arrival.record(), rejected))
                .emitOn(loop)
                .subscribe()
                .with(
                        sent -> {
                            deadLettersInFlight--;
                            deadLetterBytesInFlight -= bytes;
                            arrival.slice().done();
                            UniEmitter<? super Void> waiting = waitingForDeadLetters;
                            if (waiting != null && hasRoomForDeadLetters()) {
                                waitingForDeadLetters = null;
                                waiting.complete(null);
                            }
                        },
                        pulse::broke);
    }

    private Uni<Void> roomForDeadLetters() {
        return hasRoomForDeadLetters()
                ? Uni.createFrom().voidItem()
                : Uni.createFrom().emitter(emitter -> waitingForDeadLetters = emitter);
    }

    private boolean hasRoomForDeadLetters() {
        return deadLettersInFlight < config.deadLettersInFlight()
                && deadLetterBytesInFlight < config.deadLetterBytesInFlight();
    }

    /** Tries again for as long as it takes, with growing pauses; meanwhile health and log name what is waited for. */
    private <T> Uni<T> persistently(String what, Uni<T> attempt) {
        return againAndAgain(what, attempt).invoke(() -> pulse.succeeded(what));
    }

    /** The same for a part of what is waited for: that it goes well at last does not end the wait. */
    private <T> Uni<T> againAndAgain(String what, Uni<T> attempt) {
        return attempt.onFailure()
                .invoke(failure -> pulse.failed(what, failure))
                .onFailure()
                .retry()
                .withBackOff(config.firstRetry(), config.longestRetry())
                .withJitter(0.2)
                .indefinitely();
    }
}
