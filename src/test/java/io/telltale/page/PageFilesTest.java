package io.telltale.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files of the page: their weight, and what none of them may contain. */
class PageFilesTest {

    static final Path DIRECTORY = Path.of("src/main/resources/page");
    private static final int MAX_COMPRESSED_BYTES = 150 * 1024;

    /** What turns text into HTML or script. Ids and values come from strangers. */
    private static final Pattern FORBIDDEN = Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function|srcdoc|DOMParser|localStorage");

    @Test
    void weighsAtMost150KiB() throws IOException {
        long bytes = gzippedBytes(plotFile("uPlot.esm.js")) + gzippedBytes(plotFile("uPlot.min.css"));
        for (Path file : files()) {
            bytes += gzippedBytes("/page/" + file.getFileName());
        }
        assertThat(bytes).isBetween(10_000L, (long) MAX_COMPRESSED_BYTES);
    }

    @Test
    void neverMakesHtmlOfText() throws IOException {
        for (Path file : files()) {
            assertThat(FORBIDDEN.matcher(Files.readString(file)).results().map(found -> file + ": " + found.group()))
                    .isEmpty();
        }
    }

    @Test
    void hasNothingInlineAndNothingFromElsewhere() throws IOException {
        for (Path file : files()) {
            String text = Files.readString(file).replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            assertThat(text).as(file.toString()).doesNotContain("http://", "https://", "@import");
        }
        assertThat(Files.readString(DIRECTORY.resolve("index.html")))
                .doesNotContain("<style", "style=")
                .doesNotContainPattern("<script(?![^>]* src=)")
                .doesNotContainPattern("\\son[a-z]+=");
    }

    @Test
    void keepsModulesShort() throws IOException {
        for (Path file : files()) {
            List<String> lines = Files.readAllLines(file);
            assertThat(lines).as(file.toString()).allMatch(line -> line.length() <= 120);
            assertThat(lines.size())
                    .as(file.toString())
                    .isLessThanOrEqualTo(file.toString().endsWith(".js") ? 350 : 600);
        }
    }

    @Test
    void readsOnlyFilesOfAPage() {
        assertThat(PageFile.read("/page/index.html")).isNotNull();
        assertThat(PageFile.read("/page/missing.js")).isNull();
        assertThat(PageFile.read("/application.properties")).isNull();
    }

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.sorted().toList();
        }
    }

    /** The path of a file of uPlot, as plot.js names it. */
    static String plotPath(String name) throws IOException {
        Matcher files =
                Pattern.compile("'\\.\\.(/webjars/[^']+)'").matcher(Files.readString(DIRECTORY.resolve("plot.js")));
        assertThat(files.find()).isTrue();
        return files.group(1) + name;
    }

    private static String plotFile(String name) throws IOException {
        return "/META-INF/resources" + plotPath(name);
    }

    private static long gzippedBytes(String resource) {
        return Objects.requireNonNull(PageFile.read(resource), resource)
                .gzipped()
                .length();
    }
}
