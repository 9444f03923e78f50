package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.store.IngestProgress.PartitionProgress;
import io.telltale.store.IngestProgress.TopicProgress;
import io.telltale.store.TopicEpochs.TopicIncarnation;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class IngestProgressTest {

    private static final Uni<Boolean> PRESENT = Uni.createFrom().item(true);

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    @Inject
    IngestProgress progress;

    private String topic;

    @BeforeEach
    void createATopic() {
        await(database.whenReady());
        topic = "sensors.progress-" + SharedStack.get().nextNumber();
    }

    @Test
    void progressNeverGoesBack() {
        advance(1, 100, OptionalLong.of(1_000));
        advance(1, 50, OptionalLong.of(500));
        assertThat(stored()).isEqualTo("epoch 1, next offset 100, record time 1000");
        advance(1, 101, OptionalLong.of(1_001));
        assertThat(stored()).isEqualTo("epoch 1, next offset 101, record time 1001");
    }

    @Test
    void aRecreatedTopicStartsAgain() {
        advance(1, 1_000_000, OptionalLong.of(5_000));
        advance(2, 1, OptionalLong.of(6_000));
        assertThat(stored()).isEqualTo("epoch 2, next offset 1, record time 6000");
        advance(1, 1_000_001, OptionalLong.of(7_000));
        assertThat(stored()).isEqualTo("epoch 2, next offset 1, record time 6000");
    }

    @Test
    void replicasAgreeOnTheEpochOfATopic() {
        TopicEpochs here = new TopicEpochs(database);
        TopicEpochs there = new TopicEpochs(database);
        assertThat(bothOf(here, there, "an id")).containsExactly(1, 1);
        assertThat(bothOf(here, there, "an id")).containsExactly(1, 1);
        assertThat(bothOf(here, there, "the id of a recreated topic")).containsExactly(2, 2);
    }

    /** A replica that was frozen asks for a topic that was replaced meanwhile. */
    @Test
    void anEarlierTopicKeepsItsEpoch() {
        TopicEpochs epochs = new TopicEpochs(database);
        await(epochs.of(topic, "first", PRESENT));
        await(epochs.of(topic, "second", PRESENT));
        assertThat(await(epochs.of(topic, "first", PRESENT))).contains(1);
        assertThat(await(epochs.of(topic, "second", PRESENT))).contains(2);
    }

    /** A replica that was frozen, or asked a broker that lags, asks for a topic that was deleted meanwhile. */
    @Test
    void aTopicThatIsGoneGetsNoEpoch() {
        TopicEpochs epochs = new TopicEpochs(database);
        await(epochs.of(topic, "first", PRESENT));
        await(epochs.of(topic, "third", PRESENT));
        assertThat(await(epochs.of(topic, "second", Uni.createFrom().item(false))))
                .isEmpty();
        assertThat(incarnations(epochs)).containsExactly("third 2", "first 1");
    }

    @Test
    void writesAllPartitionsOfATopicTogether() {
        await(progress.advance(
                topic,
                List.of(
                        new PartitionProgress(1, 1, 7, OptionalLong.of(70)),
                        new PartitionProgress(0, 1, 5, OptionalLong.of(50)))));
        assertThat(stored()).isEqualTo("epoch 1, next offset 5, record time 50");
    }

    @Test
    void readsOnlyTheCurrentIncarnation() {
        TopicEpochs epochs = new TopicEpochs(database);
        await(epochs.of(topic, "first", PRESENT));
        advance(1, 100, OptionalLong.of(5_000));
        assertThat(await(progress.of(topic, "first")))
                .isEqualTo(new TopicProgress(1, Map.of(0, new PartitionProgress(0, 1, 100, OptionalLong.of(5_000)))));
        assertThat(await(progress.of(topic, "second"))).isEqualTo(new TopicProgress(2, Map.of()));
        await(epochs.of(topic, "second", PRESENT));
        assertThat(await(progress.of(topic, "second"))).isEqualTo(new TopicProgress(2, Map.of()));
        assertThat(await(progress.of(topic, "first"))).isEqualTo(new TopicProgress(3, Map.of()));
        advance(2, 1, OptionalLong.of(6_000));
        assertThat(await(progress.of(topic, "second")).partitions())
                .isEqualTo(Map.of(0, new PartitionProgress(0, 2, 1, OptionalLong.of(6_000))));
    }

    @Test
    void keepsTheIncarnationsOfATopic() {
        TopicEpochs epochs = new TopicEpochs(database);
        assertThat(await(epochs.incarnations(topic))).isEmpty();
        await(epochs.of(topic, "first", PRESENT));
        await(epochs.of(topic, "second", PRESENT));
        await(epochs.of(topic, "third", PRESENT));
        await(epochs.of(topic, "third", PRESENT));
        assertThat(incarnations(epochs)).containsExactly("third 3", "second 2", "first 1");
    }

    private List<String> incarnations(TopicEpochs epochs) {
        return await(epochs.incarnations(topic)).stream()
                .map(found -> found.topicId() + " " + found.epoch())
                .toList();
    }

    /** Also of a topic that is replaced, which moves it to another table. */
    @Test
    void keepsTheTimeAtWhichATopicGotItsEpoch() {
        TopicEpochs epochs = new TopicEpochs(database);
        long beforeMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        await(epochs.of(topic, "first", PRESENT));
        TopicIncarnation first = newest(epochs);
        await(epochs.of(topic, "second", PRESENT));
        TopicIncarnation second = newest(epochs);
        assertThat(await(epochs.incarnations(topic))).containsExactly(second, first);
        assertThat(first.assignedAtMicros())
                .isBetween(beforeMicros, beforeMicros + TimeUnit.MINUTES.toMicros(1))
                .isLessThan(second.assignedAtMicros());
    }

    private TopicIncarnation newest(TopicEpochs epochs) {
        return await(epochs.newest()).stream()
                .filter(newest -> newest.topic().equals(topic))
                .findFirst()
                .orElseThrow()
                .incarnation();
    }

    /** An unset column keeps its value. */
    @Test
    void ignoresRecordTimesOfEarlierIncarnations() {
        TopicEpochs epochs = new TopicEpochs(database);
        await(epochs.of(topic, "first", PRESENT));
        advance(1, 100, OptionalLong.of(5_000));
        await(epochs.of(topic, "second", PRESENT));
        advance(2, 1, OptionalLong.empty());
        assertThat(await(progress.of(topic, "second")).partitions())
                .isEqualTo(Map.of(0, new PartitionProgress(0, 2, 1, OptionalLong.empty())));
    }

    private void advance(int epoch, long nextOffset, OptionalLong recordTimeMillis) {
        await(progress.advance(topic, List.of(new PartitionProgress(0, epoch, nextOffset, recordTimeMillis))));
    }

    private List<Integer> bothOf(TopicEpochs here, TopicEpochs there, String topicId) {
        return await(Uni.join()
                .all(
                        here.of(topic, topicId, PRESENT).map(Optional::orElseThrow),
                        there.of(topic, topicId, PRESENT).map(Optional::orElseThrow))
                .andFailFast());
    }

    private String stored() {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            Row row = Objects.requireNonNull(session.execute(
                            "SELECT epoch, next_offset, record_time FROM %s.progress WHERE topic = '%s' AND partition = 0"
                                    .formatted(config.keyspace(), topic))
                    .one());
            return "epoch %d, next offset %d, record time %d"
                    .formatted(
                            row.getInt(0),
                            row.getLong(1),
                            Objects.requireNonNull(row.getInstant(2)).toEpochMilli());
        }
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
