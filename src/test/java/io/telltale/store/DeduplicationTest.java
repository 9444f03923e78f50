package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeduplicationTest {

    private static final SensorType TYPE = new SensorType("temperature");
    private static final Comparator<RecordedReading> BY_TIME_AND_ORIGIN = Comparator.comparingLong(
                    RecordedReading::recordTimeMillis)
            .thenComparing(recorded -> recorded.origin().partition())
            .thenComparing(recorded -> recorded.origin().offset());

    @Test
    void aLaterRecordTimeWinsAtAnyOffset() {
        RecordedReading early = reading("a", 0, 1, 0, 9);
        RecordedReading late = reading("a", 0, 2, 0, 3);
        assertThat(winners(List.of(late, early))).containsExactly(late);
        assertThat(winners(List.of(early, late))).containsExactly(late);
    }

    @Test
    void theHigherOffsetWinsAtEqualRecordTimes() {
        RecordedReading first = reading("a", 0, 1, 0, 3);
        RecordedReading second = reading("a", 0, 1, 0, 4);
        assertThat(winners(List.of(second, first))).containsExactly(second);
    }

    @Test
    void keepsOtherSensorsAndMilliseconds() {
        List<RecordedReading> batch =
                List.of(reading("a", 0, 1, 0, 1), reading("a", 1, 1, 0, 2), reading("b", 0, 1, 0, 3));
        assertThat(winners(batch)).isEqualTo(batch);
        assertThat(winners(List.of())).isEmpty();
    }

    @Test
    void theWinnersAreIndependentOfTheOrder() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<RecordedReading> batch = new ArrayList<>();
            int size = random.nextInt(1, 300);
            for (int i = 0; i < size; i++) {
                batch.add(reading(
                        "s-" + random.nextInt(20),
                        random.nextInt(1, 8),
                        random.nextInt(3),
                        random.nextInt(2),
                        random.nextInt(1_000)));
            }
            Map<String, RecordedReading> expected = new HashMap<>();
            for (RecordedReading recorded : batch) {
                expected.merge(
                        recorded.reading().sensorId() + "@" + recorded.reading().timestampMillis(),
                        recorded,
                        (one, other) -> BY_TIME_AND_ORIGIN.compare(other, one) > 0 ? other : one);
            }
            Collections.shuffle(batch, random);
            assertThat(winners(batch))
                    .as("seed %d", seed)
                    .usingElementComparator((one, other) ->
                            one.reading().sensorId().equals(other.reading().sensorId())
                                            && one.reading().timestampMillis()
                                                    == other.reading().timestampMillis()
                                            && one.origin().equals(other.origin())
                                            && one.recordTimeMillis() == other.recordTimeMillis()
                                    ? 0
                                    : 1)
                    .containsExactlyInAnyOrderElementsOf(expected.values());
        }
    }

    private static List<RecordedReading> winners(List<RecordedReading> batch) {
        return Arrays.stream(Deduplication.winners(rows(batch)))
                .mapToObj(batch::get)
                .toList();
    }

    private static RecordedReading reading(String id, long timestamp, long recordTime, int partition, long offset) {
        return new RecordedReading(
                new Reading(new SensorId(id), TYPE, timestamp, new Value.Numeric(offset)),
                new RecordOrigin(1, partition, offset),
                recordTime);
    }
}
