package io.telltale.letters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.letters.LetterReplay.Result;
import io.telltale.letters.ReplayView.Skipped;
import io.telltale.settings.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LetterReplayTest {

    private final LetterLog log = new LetterLog(2);
    private final FailingProducer kafka = new FailingProducer();
    private final LetterReplay replay = new LetterReplay(Map.of("sensors.a", partitions(3)));

    /** Acknowledges everything except the records with certain bodies. */
    private static final class FailingProducer extends MockProducer<byte[], byte[]> {
        private @Nullable String refused;
        private RuntimeException failure = new TimeoutException("no broker");
        private boolean isThrown;

        FailingProducer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> record, @Nullable Callback callback) {
            if (refused != null && new String(record.value(), UTF_8).equals(refused)) {
                if (isThrown) {
                    throw failure;
                }
                Objects.requireNonNull(callback).onCompletion(null, failure);
                return CompletableFuture.failedFuture(failure);
            }
            return super.send(record, callback);
        }
    }

    @Test
    void sendsTheOriginalRecordToItsPartition() {
        add(log.add(
                0,
                5,
                "boiler-7",
                "{}",
                "trace",
                "abc",
                "Dead-Letter-Reason",
                "malformed",
                "dead-letter-topic",
                "sensors.a",
                "dead-letter-partition",
                "2",
                "dead-letter-offset",
                "77"));
        Result result = send();
        assertThat(result.replayed()).isEqualTo(1);
        assertThat(result.skipped()).isEmpty();
        ProducerRecord<byte[], byte[]> sent = kafka.history().get(0);
        assertThat(sent.topic()).isEqualTo("sensors.a");
        assertThat(sent.partition()).isEqualTo(2);
        assertThat(sent.timestamp()).isNull();
        assertThat(sent.key()).asString(UTF_8).isEqualTo("boiler-7");
        assertThat(sent.value()).asString(UTF_8).isEqualTo("{}");
        assertThat(sent.headers()).hasSize(1).allSatisfy(header -> {
            assertThat(header.key()).isEqualTo("trace");
            assertThat(header.value()).asString(UTF_8).isEqualTo("abc");
        });
    }

    @Test
    void leavesAMissingPartitionToTheProducer() {
        add(log.add(0, 5, "k", "{}", "dead-letter-topic", "sensors.a", "dead-letter-partition", "3"));
        assertThat(send().replayed()).isEqualTo(1);
        assertThat(kafka.history().get(0).partition()).isNull();
    }

    @Test
    void skipsWhatCannotBeReplayed() {
        add(log.add(0, 1, "k", "b"));
        add(log.add(0, 2, "k", "b", "dead-letter-topic", "payments"));
        add(log.add(0, 3, "k", "b", "dead-letter-topic", "sensors.gone"));
        add(log.add(0, 4, "k", "", "dead-letter-topic", "sensors.a", "dead-letter-body", "left-out"));
        Result result = send();
        assertThat(result.replayed()).isZero();
        assertThat(result.skipped().stream().map(Skipped::detail))
                .containsExactly(
                        "it has no header dead-letter-topic",
                        "it names topic 'payments', which is no topic of readings",
                        "topic sensors.gone does not exist",
                        "its body was too large for the dead-letter topic, and is lost");
        assertThat(kafka.history()).isEmpty();
    }

    @Test
    void namesTheLettersThatKafkaDidNotAcknowledge() {
        addBody("1");
        LetterId second = addBody("2");
        LetterId third = addBody("3");
        kafka.refused = "2";
        Result result = send();
        // The third is not sent: its predecessor failed at once, as where Kafka does not answer.
        assertThat(result.replayed()).isEqualTo(1);
        assertThat(result.remaining().stream().map(DeadLetter::id)).containsExactly(second, third);
        assertThat(result.failure()).isInstanceOf(TimeoutException.class);
    }

    @Test
    void sendsNothingBehindARecordThatCannotBeSent() {
        addBody("1");
        LetterId second = addBody("2");
        LetterId third = addBody("3");
        kafka.refused = "2";
        kafka.isThrown = true;
        Result result = send();
        assertThat(result.replayed()).isEqualTo(1);
        assertThat(result.remaining().stream().map(DeadLetter::id)).containsExactly(second, third);
    }

    @Test
    void skipsARecordThatItsTopicRefusesForItsSize() {
        addBody("1");
        LetterId large = addBody("2");
        kafka.refused = "2";
        kafka.failure = new RecordTooLargeException("too large");
        Result result = send();
        assertThat(result.replayed()).isEqualTo(1);
        assertThat(result.remaining()).isEmpty();
        assertThat(result.skipped())
                .containsExactly(new Skipped(large.toString(), "it is larger than its topic accepts"));
    }

    @Test
    void readsLettersByIdAndMissesThoseThatAreGone() {
        LetterId one = log.add(0, 1, "k", "1");
        log.addMarkers(0, 1);
        for (int i = 0; i < 2_000; i++) {
            log.add(0, 2, "k", "other");
        }
        LetterId far = log.add(0, 3, "k", "2");
        LetterId inOther = log.add(1, 4, "k", "3");
        Set<LetterId> ids = Set.of(
                one,
                far,
                inOther,
                new LetterId(LetterLog.TOPIC_ID_HASH, 0, 1), // a transaction marker
                new LetterId(LetterLog.TOPIC_ID_HASH, 0, 9_999),
                new LetterId(LetterLog.TOPIC_ID_HASH, 9, 0),
                new LetterId(1, 0, 0));
        LetterLookup.Letters letters = LetterLookup.read(log, log.ranges(), ids, limits(1 << 20));
        assertThat(letters.isCut()).isFalse();
        assertThat(letters.found().stream().map(DeadLetter::id)).containsExactly(one, far, inOther);
        assertThat(log.polls()).isLessThan(20);
    }

    @Test
    void readsLettersByIdUntilTheirSizeReachesTheLimit() {
        Set<LetterId> ids = Set.of(
                log.add(0, 1, "k", "x".repeat(1_000)),
                log.add(0, 2, "k", "x".repeat(1_000)),
                log.add(1, 3, "k", "x".repeat(1_000)));
        LetterLookup.Letters letters = LetterLookup.read(log, log.ranges(), ids, limits(1_500));
        assertThat(letters.isCut()).isTrue();
        assertThat(letters.found()).hasSize(2);
    }

    @Test
    void writesIdsThatItParses() {
        LetterId id = new LetterId(-1, 2, 1L << 40);
        assertThat(id).hasToString("ffffffff-2-1099511627776");
        assertThat(LetterId.parse(id.toString())).contains(id);
        assertThat(List.of("", "!", "1-2-3", "ffffffff-2", "FFFFFFFF-2-3", "ffffffff-2-3-4"))
                .allSatisfy(text -> assertThat(LetterId.parse(text)).isEmpty());
    }

    private static ReadLimits limits(long bytes) {
        return ReadLimits.of(
                1_000,
                bytes,
                Duration.ofSeconds(5),
                new ManualClock(Instant.parse("2026-01-31T12:00:00Z")),
                () -> false);
    }

    private LetterId addBody(String body) {
        LetterId id = log.add(0, 1, "k", body, "dead-letter-topic", "sensors.a", "dead-letter-partition", "0");
        add(id);
        return id;
    }

    private void add(LetterId id) {
        LetterLookup.read(log, log.ranges(), Set.of(id), limits(1 << 20))
                .found()
                .forEach(replay::add);
    }

    private Result send() {
        return replay.send(new ReplaySender(() -> kafka));
    }

    private static List<PartitionInfo> partitions(int count) {
        return IntStream.range(0, count)
                .mapToObj(partition -> new PartitionInfo("sensors.a", partition, null, null, null))
                .toList();
    }
}
