package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.ID;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.store.IngestProgress.PartitionProgress;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class OffsetCommitterLagTest {

    private final OffsetsFixture offsets = new OffsetsFixture();

    private List<Map<TopicPartition, OffsetAndMetadata>> commits() {
        return offsets.consumer.commits();
    }

    private static Map<TopicPartition, OffsetAndMetadata> first(long offset) {
        return Map.of(FIRST, new OffsetAndMetadata(offset, ID));
    }

    /** Nothing is delivered of a transaction marker or an aborted record; only the position passes it. */
    @Nested
    class BehindTransactionMarkers {

        private void passMarkers(long position) {
            offsets.consumer.seek(FIRST, position);
            offsets.end(FIRST, position);
        }

        @Test
        void commitsThePositionOnceAllDeliveredIsDurable() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            passMarkers(5);
            offsets.commit();
            assertThat(offsets.lag()).isZero();
            offsets.commit();

            assertThat(commits()).containsExactly(first(3), first(5));
            assertThat(offsets.progress).last().isEqualTo(new PartitionProgress(0, 1, 5, OptionalLong.of(2_000)));
        }

        @Test
        void doesNotPassRecordsInFlight() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.append(FIRST, 3, 4);
            offsets.take(FIRST);
            passMarkers(6);
            offsets.commit();
            offsets.commit();

            assertThat(commits()).containsExactly(first(3));
            assertThat(offsets.lag()).isEqualTo(3);
        }

        /** They wait in the messaging layer, and no slice is open for them yet. */
        @Test
        void doesNotPassRecordsThatWaitToBeTaken() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.append(FIRST, 3, 4);
            offsets.poll();
            passMarkers(6);
            offsets.commit();
            offsets.commit();

            assertThat(commits()).containsExactly(first(3));
        }

        /** The gap ends where retention reached: the next poll has to count it as lost. */
        @Test
        void doesNotPassRecordsThatRetentionRemoved() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.start(FIRST, 5);
            passMarkers(5);
            offsets.commit();
            offsets.commit();
            assertThat(commits()).containsExactly(first(3));

            offsets.ingest(FIRST, 5, 6);
            assertThat(offsets.lost()).isEqualTo(2);
        }

        @Test
        void passesMarkersAtTheLogStart() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.start(FIRST, 3);
            passMarkers(5);
            offsets.commit();
            offsets.commit();

            assertThat(commits()).containsExactly(first(3), first(5));
        }

        @Test
        void passesMarkersAfterATakeoverWithoutRecords() {
            offsets.consumer.commitByHand(FIRST, 3, ID);
            offsets.assign(FIRST);
            offsets.resolve(FIRST);
            passMarkers(5);
            offsets.commit();
            offsets.commit();

            assertThat(commits()).containsExactly(first(3), first(5));
        }

        @Test
        void commitsRecordsThatFollowTheMarkers() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            passMarkers(5);
            offsets.commit();
            offsets.ingest(FIRST, 5, 7);
            offsets.commit();

            assertThat(offsets.committed(FIRST)).isEqualTo(new OffsetAndMetadata(7, ID));
            assertThat(offsets.lost()).isZero();
        }
    }

    @Test
    void countsWhatIsNotDurable() {
        offsets.assign(FIRST, SECOND);
        offsets.ingest(FIRST, 0, 3);
        offsets.append(FIRST, 3, 5);
        offsets.append(SECOND, 0, 4);
        offsets.take(FIRST);
        offsets.end(FIRST, 8);
        offsets.commit();

        assertThat(offsets.lag())
                .as("5 of the first partition and 4 of the second")
                .isEqualTo(9);
    }

    @Test
    void countsFromThePositionBeforeAnythingIsDelivered() {
        offsets.consumer.commitByHand(FIRST, 5, "");
        offsets.assign(FIRST);
        offsets.resolve(FIRST);
        offsets.end(FIRST, 8);
        offsets.commit();

        assertThat(offsets.lag()).isEqualTo(3);
    }

    @Test
    void countsFromTheFirstDeliveredBeforeAnythingIsDurable() {
        offsets.consumer.commitByHand(FIRST, 5, "");
        offsets.assign(FIRST);
        offsets.append(FIRST, 5, 8);
        offsets.take(FIRST);
        offsets.commit();

        assertThat(offsets.lag()).isEqualTo(3);
    }

    /** The consumer knows the log end of an earlier fetch. */
    @Test
    void isNotNegativeWithAnOldLogEnd() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.end(FIRST, 1);
        offsets.commit();

        assertThat(offsets.lag()).isZero();
    }

    @Test
    void isZeroOnceAllIsRevoked() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 3);
        offsets.take(FIRST);
        offsets.commit();
        assertThat(offsets.lag()).isEqualTo(3);

        offsets.assign();
        offsets.commit();
        assertThat(offsets.lag()).isZero();
    }
}
