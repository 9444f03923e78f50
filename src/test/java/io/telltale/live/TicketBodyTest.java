package io.telltale.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.api.ProblemException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketBodyTest {

    @Test
    void readsTextsAndLists() {
        assertThat(read("{\"sensor\":[\"a\",\"b\"],\"type\":\"t\",\"since\":1769862896789,\"label.x\":\"\"}"))
                .isEqualTo(Map.of(
                        "sensor", List.of("a", "b"),
                        "type", List.of("t"),
                        "since", List.of("1769862896789"),
                        "label.x", List.of("")));
        assertThat(read("{}")).isEmpty();
        assertThat(read("{\"sensor\":[]}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "null",
                "{",
                "{} {}",
                "{\"a\":null}",
                "{\"a\":{}}",
                "{\"a\":[[\"b\"]]}",
                "{\"a\":1.5}",
                "{\"a\":\"b\",\"a\":\"c\"}",
                "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"
            })
    void refusesAnythingElse(String body) {
        assertThatThrownBy(() -> read(body)).isInstanceOfSatisfying(ProblemException.class, e -> assertThat(
                        e.problem().detail())
                .contains("; expected "));
    }

    private static Map<String, List<String>> read(String body) {
        return TicketBody.read(body.getBytes(UTF_8));
    }
}
