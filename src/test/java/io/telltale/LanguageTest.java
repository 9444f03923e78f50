package io.telltale;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The worst patterns of style, counted: CONTRIBUTING.md has the guide. */
class LanguageTest {

    /** A phrase that readers stumble over, and the standard term for it. */
    private static final Map<String, String> PHRASES = Map.ofEntries(
            Map.entry("whoever", "name the component or the client"),
            Map.entry("nobody", "no component, no client"),
            Map.entry("somebody", "another component, an operator"),
            Map.entry("(made|makes|making|make) (it )?anew", "recreated, again"),
            Map.entry("given away", "revoked"),
            Map.entry("so many at once", "at most n concurrent"),
            Map.entry("as long as it takes", "retried without limit"),
            Map.entry("is to be had", "available"),
            Map.entry("what was asked for", "the request"),
            Map.entry("of those that", "say which"),
            Map.entry("again and again", "retried with backoff"),
            Map.entry("one who", "a subscriber, a client"),
            Map.entry("those who", "subscribers, clients"),
            Map.entry("(is|was|are|were|be|been|goes|went|gone) away", "unavailable"),
            Map.entry("(its|their|a) turns?", "permit"),
            Map.entry("(is|there is|has|have|no|free) room", "capacity, memory budget"),
            Map.entry("(hands|handed|handing) out", "delivers, delivered"),
            Map.entry("what is held", "buffered readings"),
            Map.entry("tells? nobody", "does not report"),
            Map.entry("persistently", "with retries"),
            Map.entry("so far behind", "state the lag"));

    /** Pages that the benchmarks and the evaluation write, with figures inside their sentences. */
    private static final Set<String> GENERATED = Set.of(
            "ingest.md",
            "live.md",
            "query.md",
            "secured.md",
            "startup.md",
            "sweep.md",
            "index.md",
            "partitioning.md",
            "replication.md",
            "streaming.md",
            "consistency.md",
            "queries.md");

    private static final Path README = Path.of("README.md");
    private static final Path CHANGELOG = Path.of("CHANGELOG.md");
    private static final int COLUMNS = 120;
    private static final int README_LINES = 150;
    private static final int CLASS_LINES = 350;
    private static final int TEST_NAME_CHARACTERS = 60;

    private static final Pattern TEST_METHOD = Pattern.compile(
            "@(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\\b[^{;]*?\\bvoid (\\w+)\\(", Pattern.DOTALL);

    @Test
    void usesStandardTerms() throws IOException {
        assertThat(phrases(texts())).isEmpty();
    }

    @Test
    void seesEachForbiddenPhrase() {
        assertThat(phrase("Ask whoever owns it.")).isNotEmpty();
        assertThat(phrase("The topic was made anew.")).isNotEmpty();
        assertThat(phrase("While Cassandra is away, ingest waits.")).isNotEmpty();
        assertThat(phrase("A batch takes away nothing from another.")).isEmpty();
    }

    /** Of the documents in docs, tables may be wider: a row cannot be wrapped. */
    @Test
    void keepsProseWithinTheLineLength() throws IOException {
        List<String> wide = new ArrayList<>();
        for (Path document : documents()) {
            if (!GENERATED.contains(document.getFileName().toString())) {
                wide.addAll(wideLines(document, document.startsWith("docs")));
            }
        }
        wide.addAll(wideLines(CHANGELOG, false));
        assertThat(wide).isEmpty();
        assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(README_LINES);
    }

    private static List<String> wideLines(Path document, boolean hasWideTables) throws IOException {
        List<String> wide = new ArrayList<>();
        boolean isCode = false;
        int number = 0;
        for (String line : Files.readAllLines(document)) {
            number++;
            isCode ^= line.startsWith("```");
            boolean isExempt = isCode || (hasWideTables && line.startsWith("|")) || line.startsWith("    ");
            if (!isExempt && line.contains(" ") && line.codePointCount(0, line.length()) > COLUMNS) {
                wide.add("%s:%d".formatted(document, number));
            }
        }
        return wide;
    }

    @Test
    void keepsCodeWithinTheLineLength() throws IOException {
        List<String> wide = new ArrayList<>();
        for (Path source : filesUnder("src/main/java")) {
            int number = 0;
            for (String line : Files.readAllLines(source)) {
                number++;
                if (line.codePointCount(0, line.length()) > COLUMNS) {
                    wide.add("%s:%d".formatted(source, number));
                }
            }
        }
        assertThat(wide).isEmpty();
    }

    @Test
    void keepsClassesShort() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : filesUnder("src/main/java")) {
            long lines = Files.readAllLines(source).size();
            if (lines > CLASS_LINES) {
                tooLong.add("%s has %d lines".formatted(source, lines));
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void keepsTestNamesShort() throws IOException {
        List<String> names = new ArrayList<>();
        List<String> tooLong = new ArrayList<>();
        for (Path source : filesUnder("src/test/java")) {
            Matcher method = TEST_METHOD.matcher(Files.readString(source));
            while (method.find()) {
                names.add(method.group(1));
                if (method.group(1).length() > TEST_NAME_CHARACTERS) {
                    tooLong.add("%s.%s".formatted(source.getFileName(), method.group(1)));
                }
            }
        }
        assertThat(names).hasSizeGreaterThan(500);
        assertThat(tooLong).isEmpty();
    }

    private static List<Path> texts() throws IOException {
        List<Path> texts = new ArrayList<>(documents());
        texts.addAll(filesUnder("src/main"));
        assertThat(texts).hasSizeGreaterThan(150);
        return texts;
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(README, Path.of("CONTRIBUTING.md")));
        filesUnder("docs").stream()
                .filter(file -> file.toString().endsWith(".md"))
                .forEach(documents::add);
        return documents;
    }

    private static List<Path> filesUnder(String directory) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(directory))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static List<String> phrases(List<Path> texts) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path text : texts) {
            int number = 0;
            for (String line : Files.readAllLines(text)) {
                number++;
                int at = number;
                phrase(line).forEach(phrase -> found.add("%s:%d %s".formatted(text, at, phrase)));
            }
        }
        return found;
    }

    private static List<String> phrase(String line) {
        return PHRASES.entrySet().stream()
                .filter(phrase -> Pattern.compile("\\b" + phrase.getKey() + "\\b", Pattern.CASE_INSENSITIVE)
                        .matcher(line)
                        .find())
                .map(phrase -> "\"%s\"; better: %s".formatted(phrase.getKey(), phrase.getValue()))
                .collect(Collectors.toList());
    }
}
