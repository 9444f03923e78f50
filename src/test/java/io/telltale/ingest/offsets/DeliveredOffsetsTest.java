package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.SmallRyeConfigBuilder;
import io.telltale.ingest.offsets.DeliveredOffsets.OffsetRange;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeliveredOffsetsTest {

    private final Config config = new SmallRyeConfigBuilder().build();
    private final OffsetsFixture offsets = new OffsetsFixture();
    private final DeliveredOffsets delivered = offsets.delivered;

    @BeforeEach
    void assign() {
        offsets.assign(FIRST, SECOND);
    }

    @Test
    void knowsNothingBeforeTheFirstPoll() {
        assertThat(delivered.find(FIRST)).isNull();
    }

    @Test
    void tracksEachPartitionAcrossPolls() {
        offsets.append(FIRST, 0, 3);
        offsets.poll();
        offsets.append(FIRST, 5, 8);
        offsets.append(SECOND, 20, 21);
        offsets.poll();

        assertThat(delivered.find(FIRST)).isEqualTo(new OffsetRange(0, 8));
        assertThat(delivered.find(SECOND)).isEqualTo(new OffsetRange(20, 21));
    }

    @Test
    void startsAgainWhereAPartitionIsReadFromElsewhere() {
        offsets.append(FIRST, 0, 3);
        offsets.append(SECOND, 0, 3);
        offsets.poll();
        delivered.reset(FIRST);
        offsets.append(FIRST, 5, 8);
        offsets.poll();

        assertThat(delivered.find(FIRST)).isEqualTo(new OffsetRange(5, 8));
        assertThat(delivered.find(SECOND)).isEqualTo(new OffsetRange(0, 3));
    }

    @Test
    void startsAgainWithEachAssignment() {
        offsets.append(FIRST, 0, 3);
        offsets.poll();
        offsets.assign(SECOND);
        offsets.assign(FIRST, SECOND);

        assertThat(delivered.find(FIRST)).isNull();
    }

    /** The position passes a transaction's marker, which is never delivered. */
    @Test
    void isNotMovedByThePositionOfTheConsumer() {
        offsets.append(FIRST, 0, 3);
        offsets.poll();
        offsets.consumer.seek(FIRST, 5);
        offsets.consumer.poll(Duration.ZERO);

        assertThat(offsets.consumer.position(FIRST)).isEqualTo(5);
        assertThat(delivered.find(FIRST)).isEqualTo(new OffsetRange(0, 3));
    }

    @Test
    void deliversAllRecordsOfThePoll() {
        offsets.append(FIRST, 0, 3);
        offsets.append(SECOND, 4, 6);
        ConsumerRecords<byte[], byte[]> poll = offsets.poll();

        assertThat(poll.records(FIRST)).extracting(record -> record.offset()).containsExactly(0L, 1L, 2L);
        assertThat(poll.records(SECOND)).extracting(record -> record.offset()).containsExactly(4L, 5L);
    }

    @Test
    void interceptsOnlyTheConsumerOfIngest() {
        Map<String, Object> settings = Map.of("group.id", "telltale");

        assertThat(delivered.customize("other", config, settings)).isEqualTo(settings);
        assertThat(delivered.customize(PartitionOffsets.CHANNEL, config, settings))
                .containsAllEntriesOf(settings)
                .hasSizeGreaterThan(1);
    }
}
