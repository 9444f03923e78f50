package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Description;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimestampedDescriptionTest {

    @Test
    void keepsTheLatestValueOfEachField() {
        TimestampedDescription early = TimestampedDescription.of(new Description("Cel", "oslo-1"), 100);
        TimestampedDescription late = TimestampedDescription.of(new Description(null, "berlin-1"), 200);
        TimestampedDescription both = TimestampedDescription.of(new Description("Cel", "berlin-1"), 100, 200);
        assertThat(early.and(late)).isEqualTo(both);
        assertThat(late.and(early)).isEqualTo(both);
        assertThat(early.and(TimestampedDescription.NONE)).isEqualTo(early);
    }

    @Test
    void prefersTheGreaterTextAtEqualTimes() {
        TimestampedDescription lesser = TimestampedDescription.of(new Description("Cel", "oslo-1"), 100);
        TimestampedDescription greater = TimestampedDescription.of(new Description("K", "berlin-1"), 100);
        TimestampedDescription both = TimestampedDescription.of(new Description("K", "oslo-1"), 100);
        assertThat(lesser.and(greater)).isEqualTo(both);
        assertThat(greater.and(lesser)).isEqualTo(both);
    }

    /** Cassandra compares the bytes of UTF-8, whose order is not that of Java's strings. */
    @Test
    void comparesTextsByTheirBytes() {
        TimestampedDescription wide = TimestampedDescription.of(new Description("\uff05", null), 100);
        TimestampedDescription thermometer = TimestampedDescription.of(new Description("\ud83c\udf21", null), 100);
        assertThat(wide.and(thermometer)).isEqualTo(thermometer);
        assertThat(thermometer.and(wide)).isEqualTo(thermometer);
    }

    @Test
    void isIndependentOfOrderAndGrouping() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<TimestampedDescription> reported = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                reported.add(TimestampedDescription.of(
                        Description.of(
                                random.nextInt(3) == 0 ? null : "u" + random.nextInt(3),
                                random.nextInt(3) == 0 ? null : "s" + random.nextInt(3)),
                        random.nextInt(4)));
            }
            TimestampedDescription inOrder =
                    reported.stream().reduce(TimestampedDescription.NONE, TimestampedDescription::and);
            Collections.shuffle(reported, random);
            TimestampedDescription first =
                    reported.subList(0, 3).stream().reduce(TimestampedDescription.NONE, TimestampedDescription::and);
            TimestampedDescription rest =
                    reported.subList(3, 8).stream().reduce(TimestampedDescription.NONE, TimestampedDescription::and);
            assertThat(rest.and(first)).isEqualTo(inOrder);
        }
    }

    @Test
    void requiresATimeForEachPresentFieldOnly() {
        assertThatThrownBy(() -> new TimestampedDescription(new Description("Cel", null), 100, 100))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TimestampedDescription(
                        new Description("Cel", null), TimestampedDescription.NEVER, TimestampedDescription.NEVER))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
