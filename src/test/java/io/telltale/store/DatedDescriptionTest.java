package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Description;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DatedDescriptionTest {

    @Test
    void eachFieldIsAsItWasSaidLast() {
        DatedDescription early = DatedDescription.of(new Description("Cel", "oslo-1"), 100);
        DatedDescription late = DatedDescription.of(new Description(null, "berlin-1"), 200);
        DatedDescription both = DatedDescription.of(new Description("Cel", "berlin-1"), 100, 200);
        assertThat(early.and(late)).isEqualTo(both);
        assertThat(late.and(early)).isEqualTo(both);
        assertThat(early.and(DatedDescription.NONE)).isEqualTo(early);
    }

    @Test
    void atEqualTimesTheGreaterTextWins() {
        DatedDescription lesser = DatedDescription.of(new Description("Cel", "oslo-1"), 100);
        DatedDescription greater = DatedDescription.of(new Description("K", "berlin-1"), 100);
        DatedDescription both = DatedDescription.of(new Description("K", "oslo-1"), 100);
        assertThat(lesser.and(greater)).isEqualTo(both);
        assertThat(greater.and(lesser)).isEqualTo(both);
    }

    @Test
    void theOrderOfWhatIsSaidMattersNothing() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<DatedDescription> said = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                said.add(DatedDescription.of(
                        Description.of(
                                random.nextInt(3) == 0 ? null : "u" + random.nextInt(3),
                                random.nextInt(3) == 0 ? null : "s" + random.nextInt(3)),
                        random.nextInt(4)));
            }
            DatedDescription inOrder = said.stream().reduce(DatedDescription.NONE, DatedDescription::and);
            Collections.shuffle(said, random);
            DatedDescription first = said.subList(0, 3).stream().reduce(DatedDescription.NONE, DatedDescription::and);
            DatedDescription rest = said.subList(3, 8).stream().reduce(DatedDescription.NONE, DatedDescription::and);
            assertThat(rest.and(first)).isEqualTo(inOrder);
        }
    }

    @Test
    void aFieldHasATimeIfItIsThereAndOnlyThen() {
        assertThatThrownBy(() -> new DatedDescription(new Description("Cel", null), 100, 100))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DatedDescription(
                        new Description("Cel", null), DatedDescription.NEVER, DatedDescription.NEVER))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
