package io.telltale.bench.peers;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BatchableStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The limit: what Kafka's consumer, Jackson and the Cassandra driver can do with nothing around them. It writes the
 * rows that the service writes, into the same tables, in batches of the same size, and commits what is durable. What it
 * leaves out is what a service is for: it knows one form of one record, rejects nothing, registers no sensor, tries
 * nothing again and tells nobody anything.
 */
public final class RawLoop {

    private static final int BATCH_ROWS = 500;
    private static final int POLL_RECORDS = 1_000;
    private static final int WRITES_IN_FLIGHT = 64;
    private static final int LISTINGS_IN_FLIGHT = 256;
    private static final int HELD_READINGS = 50_000;
    private static final long LINGER_NANOS = Duration.ofMillis(250).toNanos();
    private static final long COMMIT_NANOS = Duration.ofSeconds(1).toNanos();

    private static final int SHARDS = 64;
    private static final long BUCKET_MILLIS = Duration.ofMinutes(15).toMillis();
    private static final long WEEK_MILLIS = Duration.ofDays(7).toMillis();
    private static final byte EPOCH = 1;
    private static final byte NUMBER = 1;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .build();

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final CqlSession session;
    private final PreparedStatement insertReading;
    private final PreparedStatement insertBucket;
    private final PreparedStatement insertWeek;
    private final String topic;
    private final ByteBuffer type;
    private final Account account = new Account();

    private final Map<Place, RowBatch> batches = new HashMap<>();
    private final Map<Long, Set<String>> listed = new HashMap<>();
    private final Semaphore writes = new Semaphore(WRITES_IN_FLIGHT);
    private final Semaphore listings = new Semaphore(LISTINGS_IN_FLIGHT);
    private final Deque<Poll> polls = new ArrayDeque<>();
    private final Map<TopicPartition, OffsetAndMetadata> durable = new HashMap<>();
    private int held;
    private long committedNanos = System.nanoTime();

    /** A partition of the table. */
    private record Place(int shard, long bucketMillis) {}

    private record Row(String sensorId, long timestampMillis, ByteBuffer cell, long recordTimeMillis, Poll poll) {}

    /** The rows that wait for one partition. */
    private static final class RowBatch {
        List<Row> rows = new ArrayList<>(BATCH_ROWS);
        long sinceNanos;
    }

    /** What to commit once so many rows are durable. */
    private record Poll(Map<TopicPartition, OffsetAndMetadata> next, AtomicInteger undone) {}

    private RawLoop(PeerArguments arguments) {
        this.topic = arguments.topic();
        this.type = text(topic.substring("sensors.".length()));
        this.session = arguments.connect();
        String keyspace = arguments.keyspace();
        this.insertReading = session.prepare(
                "INSERT INTO " + keyspace
                        + ".readings (type, shard, bucket, sensor_id, ts, reading) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?");
        this.insertBucket = session.prepare(
                "INSERT INTO " + keyspace + ".buckets (type, shard, week, sensor_id, bucket) VALUES (?, ?, ?, ?, ?)");
        this.insertWeek = session.prepare("INSERT INTO " + keyspace + ".weeks (sensor_id, week) VALUES (?, ?)");
        this.consumer = arguments.consumer(POLL_RECORDS);
    }

    public static void main(String[] arguments) throws IOException {
        new RawLoop(PeerArguments.of(arguments)).run();
    }

    private void run() throws IOException {
        consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                // Read again by the next owner. There is no other member, so this is all of them.
                polls.clear();
                durable.clear();
                batches.clear();
                held = 0;
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
        while (true) {
            take(consumer.poll(Duration.ofMillis(20)));
            writeLingering();
            commit();
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> records) throws IOException {
        if (records.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> some = records.records(partition);
            next.put(partition, new OffsetAndMetadata(some.get(some.size() - 1).offset() + 1));
        }
        Poll poll = new Poll(next, new AtomicInteger(records.count()));
        polls.add(poll);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            take(record, poll);
        }
        if (held >= HELD_READINGS) {
            writeAll();
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Poll poll) throws IOException {
        String sensorId = "";
        long timestampMillis = 0;
        double value = Double.NaN;
        try (JsonParser json = JSON.createParser(record.value())) {
            json.nextToken();
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                switch (field) {
                    case "sensorId" -> sensorId = json.getText();
                    case "timestamp" -> timestampMillis = millis(json.getTextCharacters(), json.getTextOffset());
                    case "value" -> value = json.getDoubleValue();
                    default -> {
                        if (token.isStructStart()) {
                            json.skipChildren();
                        }
                    }
                }
            }
        }
        ByteBuffer cell = ByteBuffer.allocate(18)
                .putLong(((long) record.partition() << 48) | record.offset())
                .put(EPOCH)
                .put(NUMBER)
                .putDouble(value)
                .flip();
        Place place = new Place(
                Math.floorMod(hash(sensorId), SHARDS), timestampMillis - Math.floorMod(timestampMillis, BUCKET_MILLIS));
        RowBatch batch = batches.computeIfAbsent(place, unknown -> new RowBatch());
        if (batch.rows.isEmpty()) {
            batch.sinceNanos = System.nanoTime();
        }
        batch.rows.add(new Row(sensorId, timestampMillis, cell, record.timestamp(), poll));
        held++;
        if (batch.rows.size() == BATCH_ROWS) {
            write(place, batch);
        }
    }

    private void writeLingering() {
        long now = System.nanoTime();
        batches.forEach((place, batch) -> {
            if (!batch.rows.isEmpty() && now - batch.sinceNanos >= LINGER_NANOS) {
                write(place, batch);
            }
        });
    }

    private void writeAll() {
        batches.forEach((place, batch) -> {
            if (!batch.rows.isEmpty()) {
                write(place, batch);
            }
        });
    }

    private void write(Place place, RowBatch batch) {
        List<Row> rows = batch.rows;
        batch.rows = new ArrayList<>(BATCH_ROWS);
        held -= rows.size();
        writes.acquireUninterruptibly();
        list(place, rows)
                .thenCompose(done -> session.executeAsync(batch(place, rows)))
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        Account.fail(failure);
                    }
                    writes.release();
                    account.stored(rows.size());
                    for (Row row : rows) {
                        row.poll().undone().decrementAndGet();
                    }
                });
    }

    private BatchStatement batch(Place place, List<Row> rows) {
        ByteBuffer shard = integer(place.shard());
        ByteBuffer bucket = bigint(place.bucketMillis());
        BatchStatementBuilder batch = unlogged();
        for (Row row : rows) {
            batch.addStatement(insertReading
                    .boundStatementBuilder()
                    .setBytesUnsafe(0, type)
                    .setBytesUnsafe(1, shard)
                    .setBytesUnsafe(2, bucket)
                    .setBytesUnsafe(3, text(row.sensorId()))
                    .setBytesUnsafe(4, bigint(row.timestampMillis()))
                    .setBytesUnsafe(5, row.cell())
                    .setBytesUnsafe(6, bigint(row.recordTimeMillis() * 1_000))
                    .build());
        }
        return batch.build();
    }

    /** The bucket index, once per sensor and bucket; so that the service could answer from these tables. */
    private CompletionStage<?> list(Place place, List<Row> rows) {
        Set<String> known = listed.computeIfAbsent(place.bucketMillis(), unknown -> new HashSet<>());
        List<String> unknown = new ArrayList<>();
        for (Row row : rows) {
            if (known.add(row.sensorId())) {
                unknown.add(row.sensorId());
            }
        }
        if (unknown.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        ByteBuffer week = bigint(place.bucketMillis() - Math.floorMod(place.bucketMillis(), WEEK_MILLIS));
        List<CompletableFuture<?>> weeks = new ArrayList<>();
        BatchStatementBuilder batch = unlogged();
        for (String sensorId : unknown) {
            listings.acquireUninterruptibly();
            CompletionStage<AsyncResultSet> inserted = session.executeAsync(insertWeek
                    .boundStatementBuilder()
                    .setBytesUnsafe(0, text(sensorId))
                    .setBytesUnsafe(1, week)
                    .setConsistencyLevel(DefaultConsistencyLevel.LOCAL_QUORUM)
                    .build());
            weeks.add(
                    inserted.whenComplete((done, failure) -> listings.release()).toCompletableFuture());
            BatchableStatement<?> insert = insertBucket
                    .boundStatementBuilder()
                    .setBytesUnsafe(0, type)
                    .setBytesUnsafe(1, integer(place.shard()))
                    .setBytesUnsafe(2, week)
                    .setBytesUnsafe(3, text(sensorId))
                    .setBytesUnsafe(4, bigint(place.bucketMillis()))
                    .build();
            batch.addStatement(insert);
        }
        return CompletableFuture.allOf(weeks.toArray(CompletableFuture<?>[]::new))
                .thenCompose(done -> session.executeAsync(batch.build()));
    }

    private void commit() {
        for (Poll first = polls.peek(); first != null && first.undone().get() == 0; first = polls.peek()) {
            durable.putAll(first.next());
            polls.remove();
        }
        long now = System.nanoTime();
        if (now - committedNanos >= COMMIT_NANOS && !durable.isEmpty()) {
            consumer.commitAsync(Map.copyOf(durable), null);
            durable.clear();
            committedNanos = now;
        }
    }

    private static BatchStatementBuilder unlogged() {
        return BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(DefaultConsistencyLevel.LOCAL_QUORUM)
                .setExecutionProfileName("write");
    }

    private static ByteBuffer text(String value) {
        return ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer bigint(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(0, value);
    }

    private static ByteBuffer integer(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(0, value);
    }

    /** As the service places sensors. */
    private static int hash(String id) {
        int h = 0x811c9dc5;
        for (int i = 0; i < id.length(); i++) {
            h = (h ^ id.charAt(i)) * 0x01000193;
        }
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }

    /** Of {@code 2026-01-31T12:34:56.789Z}, and of nothing else. */
    private static long millis(char[] text, int at) {
        long day = LocalDate.of(number(text, at, 4), number(text, at + 5, 2), number(text, at + 8, 2))
                .toEpochDay();
        long seconds =
                ((day * 24 + number(text, at + 11, 2)) * 60 + number(text, at + 14, 2)) * 60 + number(text, at + 17, 2);
        return seconds * 1_000 + number(text, at + 20, 3);
    }

    private static int number(char[] text, int at, int digits) {
        int number = 0;
        for (int i = at; i < at + digits; i++) {
            number = number * 10 + text[i] - '0';
        }
        return number;
    }
}
