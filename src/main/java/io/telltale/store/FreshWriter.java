package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;

/** Writes batches as fresh segments, into the minute in which they arrive. */
@Singleton
class FreshWriter {

    /** Readings older than this at the start of their minute are late. Ranges before it only need late segments. */
    static final Duration HORIZON = Duration.ofMinutes(5);

    /**
     * A write that took longer is repeated in a later minute. So one that is acknowledged was durable this long after the
     * end of its minute at the latest, before {@link FreshMinute#MARGIN} is over.
     */
    static final Duration MAX_WRITE = Duration.ofSeconds(30);

    /** A larger request is split. Cassandra refuses one of 16 MiB. */
    private static final int REQUEST_BYTES = 192 << 10;

    private final Database database;
    private final FreshMinutes minutes;
    private final Retention retention;
    private final Clock clock;
    private final UUID writer = UUID.randomUUID();
    private final AtomicLong seq = new AtomicLong();

    /** The last minute of each lane that this replica has added to the index. */
    private final Map<Lane, Long> indexed = new ConcurrentHashMap<>();

    @Inject
    FreshWriter(Database database, Retention retention, Clock clock) {
        this.database = database;
        this.minutes = new FreshMinutes(database);
        this.retention = retention;
        this.clock = clock;
    }

    /** Writes a batch. Completes when it is durable in a minute that was not complete by then. */
    Uni<Void> write(Lane lane, RowBatch rows) {
        return Uni.createFrom().deferred(() -> {
            Moment start = Moment.now(clock);
            long minute = FreshMinute.startOf(start.millis());
            List<FreshSegment> segments =
                    FreshEncoder.encode(rows, minute - HORIZON.toMillis(), expirySeconds(lane.type()));
            return index(lane, minute)
                    .chain(() -> write(lane, minute, segments))
                    .chain(() -> start.isOlderThan(MAX_WRITE, clock)
                            ? write(lane, rows)
                            : Uni.createFrom().voidItem());
        });
    }

    private LongUnaryOperator expirySeconds(SensorType type) {
        return retention.isUnlimited(type)
                ? timestampMillis -> SegmentReading.NEVER
                : timestampMillis -> retention.expirySecond(type, timestampMillis);
    }

    /** Adds a minute to the index, before the first segment in it. */
    private Uni<Void> index(Lane lane, long minute) {
        Long last = indexed.get(lane);
        return last != null && last == minute
                ? Uni.createFrom().voidItem()
                : minutes.add(new FreshMinute(lane, minute)).invoke(() -> indexed.put(lane, minute));
    }

    private Uni<Void> write(Lane lane, long minute, List<FreshSegment> segments) {
        return Multi.createFrom()
                .iterable(requests(segments))
                .plug(Concatenation.unis(request ->
                        database.run(statements -> batch(statements.get(Cql.INSERT_FRESH), lane, minute, request))))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private static List<List<FreshSegment>> requests(List<FreshSegment> segments) {
        List<List<FreshSegment>> requests = new ArrayList<>();
        int bytes = REQUEST_BYTES;
        for (FreshSegment segment : segments) {
            if (bytes + segment.bytes() > REQUEST_BYTES) {
                requests.add(new ArrayList<>());
                bytes = 0;
            }
            requests.get(requests.size() - 1).add(segment);
            bytes += segment.bytes();
        }
        return requests;
    }

    private BatchStatement batch(PreparedStatement insert, Lane lane, long minute, List<FreshSegment> segments) {
        ByteBuffer type = CqlBytes.ofText(lane.type().name());
        ByteBuffer number = CqlBytes.ofInt(lane.number());
        ByteBuffer minuteBytes = CqlBytes.ofLong(minute);
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel(lane.type()))
                .setExecutionProfileName("write");
        for (FreshSegment segment : segments) {
            batch.addStatement(insert.boundStatementBuilder()
                    .setBytesUnsafe(0, type)
                    .setBytesUnsafe(1, number)
                    .setBytesUnsafe(2, minuteBytes)
                    .setBoolean(3, segment.isLate())
                    .setInt(4, segment.shard())
                    .setUuid(5, writer)
                    .setLong(6, seq.getAndIncrement())
                    .setBytesUnsafe(7, ByteBuffer.wrap(segment.sensors()))
                    .setBytesUnsafe(8, ByteBuffer.wrap(segment.segment()))
                    .build());
        }
        return batch.build();
    }
}
