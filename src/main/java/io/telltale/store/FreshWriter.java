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
import java.util.stream.IntStream;

/** Writes batches as fresh segments, into the minute in which they arrive. */
@Singleton
class FreshWriter {

    /** Readings older than this at the start of their minute are late. Ranges before it only need late segments. */
    static final Duration HORIZON = Duration.ofMinutes(5);

    /**
     * A request that took longer is repeated in the minute of then. So what is acknowledged was durable this long after
     * the end of its minute at the latest, before {@link FreshMinute#MARGIN} is over.
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

    /** Writes a batch. Completes when each reading is durable in a minute that was not complete by then. */
    Uni<Void> write(Lane lane, RowBatch rows) {
        return Multi.createFrom()
                .deferred(() -> {
                    Writing writing = new Writing(lane, rows);
                    return Concatenation.repeated(writing::next, written -> writing.isMore());
                })
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** Writes a batch, one request after another. */
    private final class Writing {
        private final Lane lane;
        private final RowBatch rows;
        private long minute;

        /** What is not durable in time. */
        private List<List<FreshSegment>> rest;

        Writing(Lane lane, RowBatch rows) {
            this.lane = lane;
            this.rows = rows;
            this.minute = FreshMinute.startOf(clock.millis());
            this.rest = encode(Deduplication.winners(rows));
        }

        boolean isMore() {
            return !rest.isEmpty();
        }

        /** Writes the next request. In a new minute, what is on time may be late, so the rest is encoded again. */
        Uni<Void> next() {
            long now = FreshMinute.startOf(clock.millis());
            if (now != minute) {
                minute = now;
                rest = encode(rest.stream()
                        .flatMap(List::stream)
                        .flatMapToInt(segment -> IntStream.of(segment.batchRows()))
                        .toArray());
            }
            return index(lane, minute).chain(this::request);
        }

        private Uni<Void> request() {
            Moment start = Moment.now(clock);
            return FreshMinute.startOf(start.millis()) == minute
                    ? FreshWriter.this.request(lane, minute, rest.get(0)).invoke(() -> {
                        if (!start.isOlderThan(MAX_WRITE, clock)) {
                            rest.remove(0);
                        }
                    })
                    : Uni.createFrom().voidItem();
        }

        private List<List<FreshSegment>> encode(int[] some) {
            return requests(FreshEncoder.encode(rows, some, minute - HORIZON.toMillis(), expirySeconds(lane.type())));
        }
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

    private Uni<Void> request(Lane lane, long minute, List<FreshSegment> segments) {
        return database.run(statements -> batch(statements.get(Cql.INSERT_FRESH), lane, minute, segments))
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
