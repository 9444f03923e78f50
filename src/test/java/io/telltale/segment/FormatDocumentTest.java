package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The test vectors of {@code docs/format.md}: decoder and encoder agree with the document. */
class FormatDocumentTest {

    private static final Path DOCUMENT = Path.of("docs/format.md");
    private static final String BLOCK = "```vector";

    private final SegmentWriter writer = new SegmentWriter(900);

    /** @param summary of the readings; empty if the vector has none */
    private record Vector(String name, List<Row> rows, String segment, String summary) {}

    @Test
    void decodesTheVectors() throws IOException {
        for (Vector vector : vectors()) {
            byte[] bytes = HexFormat.of().parseHex(vector.segment());

            assertThat(Row.all(Segment.open(bytes).readings()))
                    .as(vector.name())
                    .isEqualTo(vector.rows());
        }
    }

    @Test
    void encodesTheVectors() throws IOException {
        for (Vector vector : vectors()) {
            assertThat(HexFormat.of().formatHex(Row.segment(writer, vector.rows())))
                    .as(vector.name())
                    .isEqualTo(vector.segment());
        }
    }

    @Test
    void encodesAndDecodesTheSummaries() throws IOException {
        int summaries = 0;
        for (Vector vector : vectors()) {
            if (!vector.summary().isEmpty()) {
                Summarizer summarizer = new Summarizer();
                vector.rows().forEach(summarizer::add);
                byte[] bytes = SegmentSummary.encode(summarizer.finish());

                assertThat(HexFormat.of().formatHex(bytes)).as(vector.name()).isEqualTo(vector.summary());
                assertThat(SegmentSummary.encode(SegmentSummary.decode(bytes)))
                        .as(vector.name())
                        .isEqualTo(bytes);
                summaries++;
            }
        }
        assertThat(summaries).isPositive();
    }

    private static List<Vector> vectors() throws IOException {
        List<Vector> vectors = new ArrayList<>();
        String name = "";
        boolean isVector = false;
        List<Row> rows = new ArrayList<>();
        StringBuilder segment = new StringBuilder();
        StringBuilder summary = new StringBuilder();
        for (String line : Files.readAllLines(DOCUMENT)) {
            if (line.startsWith("### ")) {
                name = line.substring(4);
            } else if (line.equals(BLOCK)) {
                isVector = true;
            } else if (isVector && line.equals("```")) {
                vectors.add(new Vector(name, List.copyOf(rows), segment.toString(), summary.toString()));
                isVector = false;
                rows.clear();
                segment.setLength(0);
                summary.setLength(0);
            } else if (isVector) {
                String[] words = line.trim().split(" +");
                switch (words[0]) {
                    case "reading" -> rows.add(row(words));
                    case "segment" -> segment.append(words[1]);
                    case "summary" -> summary.append(words[1]);
                    default -> throw new AssertionError(line);
                }
            }
        }
        assertThat(vectors).hasSizeGreaterThan(4);
        return vectors;
    }

    /** sensor, event time, value, record time, epoch, partition, offset, expiry. */
    private static Row row(String[] words) {
        return new Row(
                Long.parseUnsignedLong(words[1], 16),
                Instant.parse(words[2]).toEpochMilli(),
                value(words[3]),
                Instant.parse(words[4]).toEpochMilli(),
                Long.parseLong(words[6]) << SegmentReading.OFFSET_BITS | Long.parseLong(words[7]),
                Integer.parseInt(words[5]),
                words[8].equals("never")
                        ? SegmentReading.NEVER
                        : Instant.parse(words[8]).getEpochSecond());
    }

    private static Value value(String word) {
        return switch (word) {
            case "true", "false" -> Value.Flag.of(Boolean.parseBoolean(word));
            default ->
                word.startsWith("\"")
                        ? new Value.Text(word.substring(1, word.length() - 1))
                        : new Value.Numeric(Double.parseDouble(word));
        };
    }
}
