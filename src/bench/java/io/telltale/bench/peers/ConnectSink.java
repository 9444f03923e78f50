package io.telltale.bench.peers;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * What sinks of Kafka Connect for Cassandra do: a poll of 500 records is mapped, grouped by the partition of the table,
 * which is the sensor, written in batches of at most 32 rows with at most 500 requests in flight, and waited for;
 * offsets are committed now and then.
 */
public final class ConnectSink {

    private static final int BATCH_ROWS = 32;
    private static final int POLL_RECORDS = 500;
    private static final int REQUESTS_IN_FLIGHT = 500;
    private static final long COMMIT_NANOS = Duration.ofSeconds(5).toNanos();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final CqlSession session;
    private final PreparedStatement insert;
    private final String topic;
    private final Semaphore requests = new Semaphore(REQUESTS_IN_FLIGHT);
    private final Account account = new Account();
    private long committedNanos = System.nanoTime();

    private ConnectSink(PeerArguments arguments) {
        this.topic = arguments.topic();
        this.session = arguments.connect();
        this.insert = session.prepare("INSERT INTO " + arguments.keyspace()
                + ".readings (sensor_id, ts, value) VALUES (?, ?, ?) USING TIMESTAMP ?");
        this.consumer = arguments.consumer(POLL_RECORDS);
    }

    public static void main(String[] arguments) throws IOException {
        new ConnectSink(PeerArguments.of(arguments)).run();
    }

    private void run() throws IOException {
        consumer.subscribe(List.of(topic));
        boolean isCommitted = true;
        while (true) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
            if (!records.isEmpty()) {
                put(records);
                isCommitted = false;
            }
            if (!isCommitted && System.nanoTime() - committedNanos >= COMMIT_NANOS) {
                // All that was polled is durable.
                consumer.commitAsync();
                isCommitted = true;
                committedNanos = System.nanoTime();
            }
        }
    }

    private void put(ConsumerRecords<byte[], byte[]> records) throws IOException {
        Map<String, List<BoundStatement>> bySensor = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            JsonNode reading = JSON.readTree(record.value());
            String sensorId = reading.path("sensorId").textValue();
            bySensor.computeIfAbsent(sensorId, unknown -> new ArrayList<>())
                    .add(insert.bind(
                                    sensorId,
                                    Instant.parse(reading.path("timestamp").textValue()),
                                    reading.path("value").doubleValue(),
                                    record.timestamp() * 1_000)
                            .setConsistencyLevel(DefaultConsistencyLevel.LOCAL_QUORUM));
        }
        List<CompletableFuture<?>> written = new ArrayList<>();
        for (List<BoundStatement> rows : bySensor.values()) {
            for (int from = 0; from < rows.size(); from += BATCH_ROWS) {
                written.add(write(rows.subList(from, Math.min(rows.size(), from + BATCH_ROWS))));
            }
        }
        CompletableFuture.allOf(written.toArray(CompletableFuture<?>[]::new)).join();
    }

    private CompletableFuture<?> write(List<BoundStatement> rows) {
        Statement<?> statement = rows.size() == 1
                ? rows.get(0)
                : BatchStatement.newInstance(DefaultBatchType.UNLOGGED, rows.toArray(BoundStatement[]::new))
                        .setConsistencyLevel(DefaultConsistencyLevel.LOCAL_QUORUM);
        requests.acquireUninterruptibly();
        return session.executeAsync(statement)
                .whenComplete((done, failure) -> {
                    requests.release();
                    if (failure != null) {
                        Account.fail(failure);
                    }
                    account.stored(rows.size());
                })
                .toCompletableFuture();
    }
}
