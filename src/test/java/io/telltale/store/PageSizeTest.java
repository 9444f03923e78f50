package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PageSizeTest {

    private final PageSize size = new PageSize();

    @Test
    void pagesOfNumbersAreAsLargeAsAny() {
        assertThat(size.rows()).isEqualTo(2_000);
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
}
