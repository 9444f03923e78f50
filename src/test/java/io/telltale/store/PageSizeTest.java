package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorType;
import org.junit.jupiter.api.Test;

class PageSizeTest {

    private static final SensorType TYPE = new SensorType("door");

    private final PageSize.RowSizes rowSizes = new PageSize.RowSizes();
    private final PageSize size = new PageSize(TYPE, rowSizes);

    @Test
    void numbersGetTheMaximumPageSize() {
        size.adapt(900, 900 * 18);
        assertThat(size.rows()).isEqualTo(5_000);
    }

    @Test
    void longTextsGetPagesOfHalfAMegabyte() {
        size.adapt(900, 900 * 1_034);
        assertThat(size.rows()).isEqualTo(507);
        size.adapt(507, 507 * 6_000);
        assertThat(size.rows()).isEqualTo(100);
    }

    @Test
    void ignoresEmptyPages() {
        size.adapt(900, 900 * 1_034);
        size.adapt(0, 0);
        assertThat(size.rows()).isEqualTo(507);
    }

    @Test
    void theFirstPageIsSmallForAnUnknownType() {
        assertThat(size.rows()).isEqualTo(250);
        size.adapt(250, 250 * 18);
        assertThat(new PageSize(TYPE, rowSizes).rows()).isEqualTo(1_000);
        assertThat(new PageSize(new SensorType("window"), rowSizes).rows()).isEqualTo(250);
    }

    @Test
    void theFirstPageAdaptsToTheLargestRowsOfTheType() {
        size.adapt(900, 900 * 1_034);
        size.adapt(900, 900 * 18);
        assertThat(new PageSize(TYPE, rowSizes).rows()).isEqualTo(507);
    }
}
