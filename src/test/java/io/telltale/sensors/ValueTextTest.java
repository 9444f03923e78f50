package io.telltale.sensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValueTextTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "open", "ä", "😀", "😀😀", "a😀b"})
    void acceptsCompleteCharacters(String text) {
        assertThat(new Value.Text(text).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\ud83d", "\ude00", "\ude00\ud83d", "\ude00\ude00", "a\ud83d", "\ud83da", "😀\ud83d", "\ud83d😀"
            })
    void rejectsUnpairedSurrogates(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Value.Text(text))
                .withMessageContaining("half of a surrogate pair");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "😀"})
    void takesExactly1024CodePoints(String character) {
        assertThat(new Value.Text(character.repeat(1_024)).text()).hasSize(1_024 * character.length());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Value.Text(character.repeat(1_025)))
                .withMessageContaining("1025 code points");
    }
}
