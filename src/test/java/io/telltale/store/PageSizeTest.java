package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorType;
import org.junit.jupiter.api.Test;

class PageSizeTest {

    private static final SensorType TYPE = new SensorType("door");

    private final PageSize.Known known = new PageSize.Known();
    private final PageSize size = new PageSize(TYPE, known);

    @Test
    void pagesOfNumbersAreAsLargeAsAny() {
        size.learn(900, 900 * 18);
        assertThat(size.rows()).isEqualTo(5_000);
    }

    @Test
    void pagesOfLongTextsHoldHalfAMegabyte() {
        size.learn(900, 900 * 1_034);
        assertThat(size.rows()).isEqualTo(507);
        size.learn(507, 507 * 6_000);
        assertThat(size.rows()).isEqualTo(100);
    }

    @Test
    void anEmptyPageSaysNothing() {
        size.learn(900, 900 * 1_034);
        size.learn(0, 0);
        assertThat(size.rows()).isEqualTo(507);
    }

    @Test
    void theFirstPageIsSmallUntilSomethingOfTheTypeWasRead() {
        assertThat(size.rows()).isEqualTo(250);
        size.learn(250, 250 * 18);
        assertThat(new PageSize(TYPE, known).rows()).isEqualTo(1_000);
        assertThat(new PageSize(new SensorType("window"), known).rows()).isEqualTo(250);
    }

    @Test
    void theFirstPageGoesByTheLongestRowsOfTheType() {
        size.learn(900, 900 * 1_034);
        size.learn(900, 900 * 18);
        assertThat(new PageSize(TYPE, known).rows()).isEqualTo(507);
    }
}
