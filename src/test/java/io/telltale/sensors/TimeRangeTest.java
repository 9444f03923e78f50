package io.telltale.sensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeRangeTest {

    @ParameterizedTest
    @CsvSource({"9, false", "10, true", "19, true", "20, false", "21, false"})
    void containsItsStartAndNotItsEnd(long millis, boolean held) {
        assertThat(new TimeRange(10, 20).contains(millis)).isEqualTo(held);
    }

    @Test
    void isEmptyIfBothEndsAreEqual() {
        assertThat(new TimeRange(10, 10).isEmpty()).isTrue();
        assertThat(new TimeRange(10, 10).contains(10)).isFalse();
        assertThat(new TimeRange(10, 11).isEmpty()).isFalse();
        assertThat(new TimeRange(10, 11).lengthMillis()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "11, 10, ends before it begins",
        Reading.MIN_TIMESTAMP_MILLIS - 1 + ", 10, not within the years",
        "10, " + (Reading.MAX_TIMESTAMP_MILLIS + 1) + ", not within the years",
    })
    void rejectsEndsThatFormNoRange(long fromMillis, long toMillis, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TimeRange(fromMillis, toMillis))
                .withMessageContaining(message);
    }

    @Test
    void printsBothEnds() {
        assertThat(new TimeRange(0, 1)).hasToString("[1970-01-01T00:00:00.000Z, 1970-01-01T00:00:00.001Z)");
    }
}
