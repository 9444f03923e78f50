package io.telltale.post;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NdjsonPostBodyTest {

    private static final long NOW = 1_767_225_600_000L;
    private static final int MAX_LINE = 65_536;

    @Test
    void readsOneElementPerLineAndSkipsBlankLines() {
        String body = "\n" + line("a") + "\n\r\n \t\n" + line("b") + "\r\n7\n" + line("c");
        assertThat(outcomes(List.of(body.getBytes(UTF_8)))).containsExactly("a", "b", "malformed", "c");
    }

    @Test
    void aRecordIsTheLineWithoutItsLineEnd() {
        NdjsonPostBody lines = new NdjsonPostBody();
        lines.add((line("é😀") + "\r\n").getBytes(UTF_8));
        PostedElement posted = Objects.requireNonNull(lines.next(NOW));
        assertThat(new String(posted.record(), UTF_8)).isEqualTo(line("é😀"));
    }

    @Test
    void skipsAByteOrderMarkBeforeTheFirstLineOnly() {
        String body = "\ufeff" + line("a") + "\n\ufeff\ufeff" + line("b");
        assertThat(outcomes(List.of(body.getBytes(UTF_8)))).containsExactly("a", "malformed");
    }

    @Test
    void anEmptyBodyHasNoElements() {
        assertThat(outcomes(List.of())).isEmpty();
        assertThat(outcomes(List.of("\n\n".getBytes(UTF_8)))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", ""})
    void rejectsALineAbove64KiB(String end) {
        for (int chunkBytes : new int[] {1_000, 65_536, 1 << 20}) {
            assertThat(outcomes(chunks(padded(MAX_LINE) + end, chunkBytes))).containsExactly("x");
            assertThat(outcomes(chunks(padded(MAX_LINE + 1) + end + (end.isEmpty() ? "" : line("y")), chunkBytes)))
                    .startsWith("too-large")
                    .hasSize(end.isEmpty() ? 1 : 2);
        }
    }

    @Test
    void keepsOnlyTheLengthOfALongLine() {
        NdjsonPostBody lines = new NdjsonPostBody();
        byte[] chunk = "x".repeat(8_192).getBytes(UTF_8);
        for (int i = 0; i < 1_000; i++) {
            lines.add(chunk);
            assertThat(lines.next(NOW)).isNull();
            assertThat(lines.heldBytes()).isLessThanOrEqualTo(MAX_LINE + 1);
        }
        lines.add("\n".getBytes(UTF_8));
        assertThat(lines.next(NOW)).isNotNull().satisfies(posted -> assertThat(((Rejected) posted.verdict()).detail())
                .isEqualTo("line is 8192000 bytes; expected at most 65536"));
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    /** Splits also code points and line ends. */
    @ParameterizedTest
    @MethodSource("seeds")
    void readsTheSameElementsHoweverTheBodyIsSplit(long seed) {
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        StringBuilder body = new StringBuilder(random.nextInt(4) == 0 ? "\ufeff" : "");
        int lines = random.nextInt(30);
        for (int i = 0; i < lines; i++) {
            switch (random.nextInt(5)) {
                case 0 -> body.append(random.nextBoolean() ? "" : " \t");
                case 1 -> {
                    body.append("nö json 😀");
                    expected.add("malformed");
                }
                case 2 -> {
                    body.append("z".repeat(MAX_LINE + 2 + random.nextInt(3)));
                    expected.add("too-large");
                }
                default -> {
                    String text = "é😀\u2028" + i;
                    body.append(line(text));
                    expected.add(text);
                }
            }
            boolean isLast = i == lines - 1;
            body.append(isLast && random.nextBoolean() ? "" : random.nextBoolean() ? "\n" : "\r\n");
        }
        List<byte[]> chunks = split(body.toString().getBytes(UTF_8), random);
        assertThat(outcomes(chunks)).isEqualTo(expected);
    }

    private static List<byte[]> split(byte[] body, Random random) {
        int longest = 1 << random.nextInt(17);
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < body.length; ) {
            int end = Math.min(body.length, at + random.nextInt(longest + 1));
            chunks.add(Arrays.copyOfRange(body, at, end));
            at = end;
        }
        return chunks;
    }

    private static List<byte[]> chunks(String body, int chunkBytes) {
        byte[] bytes = body.getBytes(UTF_8);
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += chunkBytes) {
            chunks.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + chunkBytes)));
        }
        return chunks;
    }

    /** For each element, the text of its reading or its rejection code. */
    private static List<String> outcomes(List<byte[]> chunks) {
        List<String> outcomes = new ArrayList<>();
        NdjsonPostBody lines = new NdjsonPostBody();
        for (byte[] chunk : chunks) {
            lines.add(chunk);
            drain(lines, outcomes);
        }
        lines.end(NOW);
        drain(lines, outcomes);
        return outcomes;
    }

    private static void drain(NdjsonPostBody lines, List<String> outcomes) {
        for (PostedElement posted = lines.next(NOW); posted != null; posted = lines.next(NOW)) {
            outcomes.add(
                    posted.verdict() instanceof Accepted accepted
                            ? ((Value.Text) accepted.reading().value()).text()
                            : ((Rejected) posted.verdict()).reason().code());
        }
    }

    private static String line(String text) {
        return "{\"sensorId\":\"s\",\"type\":\"lines\",\"timestamp\":%d,\"value\":\"%s\"}".formatted(NOW, text);
    }

    private static String padded(int bytes) {
        String line = line("x");
        return line + " ".repeat(bytes - line.length());
    }
}
