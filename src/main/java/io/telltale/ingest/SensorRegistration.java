package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.DeletionLog;
import io.telltale.store.ObservationBatch;
import io.telltale.store.RegistrationState;
import io.telltale.store.SensorObservation;
import io.telltale.store.SensorRegistry;
import io.telltale.store.Shreddings;
import io.telltale.store.Shreddings.Known;
import io.telltale.store.StoreUnavailableException;
import io.telltale.store.TimestampedDescription;
import io.telltale.streams.Concatenation;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.Rejection;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Registers the sensors of decoded records that are new or have changed, and rejects readings whose sensor is
 * registered under another type.
 */
@Singleton
class SensorRegistration {

    private static final String REGISTERING = "registering sensors";

    private static final Logger log = Logger.getLogger(SensorRegistration.class);
    private static final RateLimitedLog NOT_RENEWED = new RateLimitedLog(log, Logger.Level.ERROR);
    private static final long RENEWAL_PAUSE_MILLIS = 10_000;

    private final SensorRegistry registry;
    private final DeletionLog deletionLog;
    private final Shreddings shreddings;
    private final OutageRetry retry;
    private final IngestHealth health;
    private final Clock clock;
    private volatile long renewalsResumeAtMillis;

    /** A sensor as a record names it. Records may name one id under two types, of which one is wrong. */
    private record ObservedSensor(SensorId id, SensorType type) {}

    @Inject
    SensorRegistration(
            SensorRegistry registry,
            DeletionLog deletionLog,
            Shreddings shreddings,
            OutageRetry retry,
            IngestHealth health,
            Clock clock) {
        this.registry = registry;
        this.deletionLog = deletionLog;
        this.shreddings = shreddings;
        this.retry = retry;
        this.health = health;
        this.clock = clock;
    }

    /**
     * Completes when every sensor of the accepted readings is registered. Cached sensors cost no request. Readings of
     * shredded sensors register nothing; they are dropped later.
     */
    Uni<List<DecodedRecord>> register(List<DecodedRecord> records) {
        // Not older than the log of deletions allows: a shredded sensor must not pass as registered.
        return retry.untilSuccess("reading deletions", deletionLog.known())
                .chain(() -> register(records, shreddings.known()));
    }

    private Uni<List<DecodedRecord>> register(List<DecodedRecord> records, Known shredded) {
        List<RegistrationState> states = registry.states(observations(records, shredded));
        return states.isEmpty() ? Uni.createFrom().item(records) : register(records, shredded, states.iterator());
    }

    private static ObservationBatch observations(List<DecodedRecord> records, Known shredded) {
        ObservationBatch observations = new ObservationBatch(records.size());
        for (DecodedRecord record : records) {
            for (Accepted accepted : record.accepted()) {
                Reading reading = accepted.reading();
                if (!shredded.cover(reading.sensorId(), record.recordTimeMillis())) {
                    observations.add(
                            reading.sensorId(),
                            reading.type(),
                            shredded.timeOf(reading.sensorId()),
                            accepted.description(),
                            record.recordTimeMillis());
                }
            }
        }
        return observations;
    }

    /** @param states one per accepted reading that is not of a shredded sensor, in the order of the records */
    private Uni<List<DecodedRecord>> register(
            List<DecodedRecord> records, Known shredded, Iterator<RegistrationState> states) {
        Map<ObservedSensor, SensorObservation> changed = new HashMap<>();
        Map<ObservedSensor, SensorObservation> due = new HashMap<>();
        for (DecodedRecord record : records) {
            for (Accepted accepted : record.accepted()) {
                if (shredded.cover(accepted.reading().sensorId(), record.recordTimeMillis())) {
                    continue;
                }
                switch (states.next()) {
                    case UP_TO_DATE -> {}
                    case RENEWAL_DUE -> observe(due, accepted, record.recordTimeMillis());
                    case REGISTRATION_DUE -> observe(changed, accepted, record.recordTimeMillis());
                }
            }
        }
        Uni<Void> renewed = due.isEmpty() ? Uni.createFrom().voidItem() : renew(due.values());
        if (changed.isEmpty()) {
            return renewed.replaceWith(records);
        }
        return renewed.chain(() -> registerAll(List.copyOf(changed.values())))
                .map(registered -> rejectMismatches(records, shredded, mismatches(changed.keySet(), registered)));
    }

    private static void observe(
            Map<ObservedSensor, SensorObservation> observations, Accepted accepted, long recordTimeMillis) {
        Reading reading = accepted.reading();
        TimestampedDescription description = TimestampedDescription.of(accepted.description(), recordTimeMillis);
        observations.merge(
                new ObservedSensor(reading.sensorId(), reading.type()),
                new SensorObservation(reading.sensorId(), reading.type(), description),
                SensorObservation::and);
    }

    /** Retries in adaptive batches: one failing request must not delay a thousand new sensors. */
    private Uni<Map<SensorId, Sensor>> registerAll(List<SensorObservation> observations) {
        AdaptiveBatches<SensorObservation> batches = new AdaptiveBatches<>(observations);
        Uni<Map<SensorId, Sensor>> batch = Uni.createFrom()
                .deferred(() -> registry.register(batches.next()))
                .onFailure()
                .invoke(batches::failed);
        return Concatenation.repeated(
                        () -> retry.withoutRecovery(REGISTERING, batch).invoke(batches::done),
                        registered -> batches.isMore())
                .collect()
                .<Map<SensorId, Sensor>>in(HashMap::new, Map::putAll)
                .invoke(() -> health.succeeded(REGISTERING));
    }

    /**
     * Refreshes unchanged registrations, without retry. Every sensor is due once an hour, so a range of the store that
     * cannot be written would otherwise stop all others.
     */
    private Uni<Void> renew(Collection<SensorObservation> due) {
        if (clock.millis() < renewalsResumeAtMillis) {
            return Uni.createFrom().voidItem();
        }
        return registry.register(due)
                .replaceWithVoid()
                // Recover from every failure: readings of known sensors must not wait for a renewal.
                .onFailure()
                .recoverWithUni(failure -> {
                    renewalsResumeAtMillis = clock.millis() + RENEWAL_PAUSE_MILLIS;
                    if (failure instanceof StoreUnavailableException) {
                        log.debugf("Sensor registrations are not renewed: sensors=%d: %s", due.size(), failure);
                    } else {
                        NOT_RENEWED.say(
                                "Sensor registrations are not renewed: sensors=%d; renewals resume in %d s"
                                        .formatted(due.size(), RENEWAL_PAUSE_MILLIS / 1_000),
                                failure);
                    }
                    return Uni.createFrom().voidItem();
                });
    }

    /** The observed sensors that are registered under another type, with that type. */
    private static Map<ObservedSensor, SensorType> mismatches(
            Set<ObservedSensor> observed, Map<SensorId, Sensor> registered) {
        Map<ObservedSensor, SensorType> mismatches = new HashMap<>();
        for (ObservedSensor claim : observed) {
            Sensor sensor = registered.get(claim.id());
            if (sensor != null && !sensor.type().equals(claim.type())) {
                mismatches.put(claim, sensor.type());
            }
        }
        return mismatches;
    }

    private static List<DecodedRecord> rejectMismatches(
            List<DecodedRecord> records, Known shredded, Map<ObservedSensor, SensorType> mismatches) {
        if (mismatches.isEmpty()) {
            return records;
        }
        return records.stream()
                .map(record -> record.checked(accepted -> {
                    Reading reading = accepted.reading();
                    SensorType registered = mismatches.get(new ObservedSensor(reading.sensorId(), reading.type()));
                    return registered == null || shredded.cover(reading.sensorId(), record.recordTimeMillis())
                            ? null
                            : new Rejected(
                                    Rejection.TYPE_MISMATCH,
                                    "type is '%s', by topic %s; expected '%s', under which sensor '%s' is registered"
                                            .formatted(
                                                    reading.type(),
                                                    record.record().topic(),
                                                    registered,
                                                    reading.sensorId()));
                }))
                .toList();
    }
}
