package io.telltale.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.bench.Summary;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
class FigureTest {

    @Test
    void drawsBarsAndLines(@TempDir Path directory) {
        List<Summary> values = List.of(new Summary(2, 1, 3), new Summary(4, 4, 5));
        assertThat(Figure.bars(directory, "bars", "Reads", "ms", List.of("a", "b"), Map.of("one", values)))
                .isEqualTo("bars.svg");
        Figure.lines(directory, "lines", "Reads", "s", "ms", Map.of("one", new Figure.Line(List.of(1.0, 2.0), values)));
        assertThat(directory.resolve("bars.svg")).content().contains("<svg", "<path");
        assertThat(directory.resolve("lines.svg")).content().contains("<svg", "<path");
    }

    @Test
    void saysThatAPartOfAChapterIsNotEnough(@TempDir Path directory) {
        Figure.bars(directory, "bars", "Reads", "ms", List.of(), Map.of());
        assertThat(directory.resolve("bars.svg")).content().contains("<svg", "Reads: not enough results");
    }
}
