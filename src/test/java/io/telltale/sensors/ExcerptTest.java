package io.telltale.sensors;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExcerptTest {

    @ParameterizedTest
    @CsvSource({
        "abc, abc",
        "'', ''",
        "abcdef, abcde…",
        "'a\nb', a?b",
        "'a\u0000\u007f', a??",
        "'a\u2028b', a?b",
        "ab😀c, ab😀c",
        "abcd😀, abcd?…",
        "'a\ude00b', a?b",
    })
    void shortensTextAndKeepsItPrintable(String text, String excerpt) {
        assertThat(Excerpt.of(text, 5)).isEqualTo(excerpt);
    }
}
