package io.telltale.ingest;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.ingest.offsets.Slice;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorType;
import io.telltale.store.DeletionLog;
import io.telltale.store.Deletions;
import io.telltale.store.Layouts;
import io.telltale.store.Placement;
import io.telltale.store.Placing;
import io.telltale.store.ReadingStore;
import io.telltale.store.RecordedReading;
import io.telltale.store.Retention;
import io.telltale.streams.Concatenation;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Decides for each decoded reading whether it is stored, and where. */
@Singleton
class ReadingFilter {

    private final Retention retention;
    private final DeletionLog deletionLog;
    private final Layouts layouts;
    private final ReadingStore store;
    private final IngestMetrics metrics;
    private final OutageRetry retry;

    /** Accepts a reading to be stored. */
    @FunctionalInterface
    interface ReadingSink {
        void add(Placement placement, RecordedReading reading, Slice slice);
    }

    /** Accepts a record to become a dead letter. */
    @FunctionalInterface
    interface RejectionSink {
        void send(ConsumerRecord<byte[], byte[]> record, Rejected rejected, Slice slice);
    }

    /** The latest event time of a type. */
    private static final class LatestTimestamp {
        private long millis = Long.MIN_VALUE;

        void add(long timestampMillis) {
            millis = Math.max(millis, timestampMillis);
        }
    }

    /** Decoded records with the deletions and layouts that apply to them. */
    final class Decisions {
        private final List<DecodedRecord> records;
        private final Deletions deletions;
        private final Map<SensorType, Placing> placingOf;

        private Decisions(List<DecodedRecord> records, Deletions deletions, Map<SensorType, Placing> placingOf) {
            this.records = records;
            this.deletions = deletions;
            this.placingOf = placingOf;
        }

        /**
         * Passes each reading on once: to {@code stored} or, if it is expired or deleted, its slice to {@code dropped}.
         * A record with rejected readings also goes to {@code rejected}. Allocates nothing per reading but the reading.
         */
        void route(ReadingSink stored, Consumer<Slice> dropped, RejectionSink rejected) {
            for (DecodedRecord record : records) {
                Slice slice = record.slice();
                Rejected rejection = record.rejected();
                slice.split(record.accepted().size() + (rejection == null ? 0 : 1));
                for (Accepted accepted : record.accepted()) {
                    Reading reading = accepted.reading();
                    if (isDropped(reading, record.recordTimeMillis())) {
                        dropped.accept(slice);
                    } else {
                        stored.add(placementOf(reading), record.recorded(reading), slice);
                    }
                }
                if (rejection != null) {
                    rejected.send(record.record(), rejection, slice);
                }
            }
        }

        private boolean isDropped(Reading reading, long recordTimeMillis) {
            if (retention.isOver(reading)) {
                metrics.expired();
                return true;
            }
            if (deletions.cover(reading, recordTimeMillis)) {
                metrics.deleted();
                return true;
            }
            return false;
        }

        private Placement placementOf(Reading reading) {
            return Objects.requireNonNull(placingOf.get(reading.type()))
                    .placementOf(reading.sensorId(), reading.timestampMillis());
        }
    }

    @Inject
    ReadingFilter(
            Retention retention,
            DeletionLog deletionLog,
            Layouts layouts,
            ReadingStore store,
            IngestMetrics metrics,
            OutageRetry retry) {
        this.retention = retention;
        this.deletionLog = deletionLog;
        this.layouts = layouts;
        this.store = store;
        this.metrics = metrics;
        this.retry = retry;
    }

    /** Completes when the deletions and layouts for these records are known; both are cached. */
    Uni<Decisions> filter(List<DecodedRecord> records) {
        return Uni.combine()
                .all()
                .unis(retry.untilSuccess("reading deletions", deletionLog.known()), placingsOf(records))
                .with((deletions, placingOf) -> new Decisions(records, deletions, placingOf));
    }

    private Uni<Map<SensorType, Placing>> placingsOf(List<DecodedRecord> records) {
        Map<SensorType, LatestTimestamp> latest = new HashMap<>();
        for (DecodedRecord record : records) {
            if (record.accepted().isEmpty()) {
                continue;
            }
            LatestTimestamp ofType = latest.computeIfAbsent(record.topic().type(), type -> new LatestTimestamp());
            for (Accepted accepted : record.accepted()) {
                ofType.add(accepted.reading().timestampMillis());
            }
        }
        Map<SensorType, Placing> found = new HashMap<>();
        return Multi.createFrom()
                .iterable(latest.entrySet())
                .plug(Concatenation.unis(type -> retry.untilSuccess(
                                "reading layouts", layouts.toPlace(type.getKey(), type.getValue().millis))
                        .invoke(layout -> found.put(type.getKey(), store.placing(layout)))))
                .collect()
                .last()
                .replaceWith(found);
    }
}
