package io.telltale.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.logging.Level;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Debian's Chromium without a window, driven by its chromedriver. Both are given by path, so nothing is downloaded.
 * {@code apt-get install chromium chromium-driver} installs them; without them the tests are skipped.
 */
public final class Browser implements AutoCloseable {

    private static final File CHROMIUM = new File(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final File DRIVER = new File(System.getProperty("chromedriver", "/usr/bin/chromedriver"));
    private static final int PHONE_WIDTH = 390;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String AXE = axe();
    private static final Pattern NEVER = Pattern.compile("(?!)");

    /** What the browser logs when axe reads a canvas of its own. */
    private static final Pattern OF_AXE = Pattern.compile("Canvas2D: .* willReadFrequently ");

    /** What a browser logs of a request that no service answers. */
    static final Pattern NO_CONNECTION = Pattern.compile("net::ERR_");

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Starts it, or skips the tests of the caller. */
    public static Browser start() {
        assumeTrue(
                CHROMIUM.canExecute() && DRIVER.canExecute(),
                "Browser tests are skipped: %s or %s is missing".formatted(CHROMIUM, DRIVER));
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM);
        // Tests may run as root, in a container with a small /dev/shm.
        options.addArguments(
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1280,900");
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER)
                .usingAnyFreePort()
                .build();
        return new Browser(new ChromeDriver(service, options));
    }

    /** Opens an address as if it were typed: also one that differs in its fragment only. */
    public void open(String address) {
        driver.get("about:blank");
        driver.get(address);
    }

    void back() {
        driver.navigate().back();
    }

    /** Runs a command of the DevTools protocol. */
    Map<String, Object> command(String name, Map<String, Object> parameters) {
        return driver.executeCdpCommand(name, parameters);
    }

    /** The process that starts the others. */
    long processId() {
        Object id = driver.getCapabilities().getCapability("goog:processID");
        return ((Number) Objects.requireNonNull(id)).longValue();
    }

    /** The text of the first element; empty while there is none. */
    public String text(String selector) {
        return driver.findElements(By.cssSelector(selector)).stream()
                .findFirst()
                .map(found -> {
                    try {
                        return found.getText();
                    } catch (StaleElementReferenceException e) {
                        return "";
                    }
                })
                .orElse("");
    }

    /** Waits until the text of an element contains another. */
    public void awaitText(String selector, String part) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> assertThat(text(selector))
                .as(() -> "%s of %s:%n%s".formatted(selector, driver.getCurrentUrl(), text("body")))
                .contains(part));
    }

    void awaitElement(String selector) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> assertThat(
                        driver.findElements(By.cssSelector(selector)))
                .as(selector)
                .isNotEmpty());
    }

    public void click(String selector) {
        driver.findElement(By.cssSelector(selector)).click();
    }

    public void type(String selector, String text) {
        driver.findElement(By.cssSelector(selector)).sendKeys(text);
    }

    /** The part of the address behind the host. */
    String link() {
        return driver.getCurrentUrl().replaceFirst("^http://[^/]+", "");
    }

    /** Runs the body of an asynchronous function in the page, and returns its result. */
    @Nullable
    public Object run(String body) {
        Object result = driver.executeAsyncScript(
                "const done = arguments[0]; (async () => { %s })().then(value => done({ value }), error => done({ error: String(error) }));"
                        .formatted(body));
        Map<?, ?> outcome = (Map<?, ?>) Objects.requireNonNull(result);
        assertThat(outcome.get("error")).as(body).isNull();
        return outcome.get("value");
    }

    /** Fails if the page logged an error since the last call, or requested anything from another origin. */
    public void assertQuiet(String origin) {
        assertQuietBut(origin, NEVER);
    }

    /** The same, except for errors that the test has caused. */
    public void assertQuietBut(String origin, Pattern expected) {
        List<String> errors = driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .filter(message -> !expected.matcher(message).find()
                        && !OF_AXE.matcher(message).find())
                .toList();
        assertThat(errors).as("console").isEmpty();
        Object requested =
                driver.executeScript("return performance.getEntriesByType('resource').map(entry => entry.name)");
        assertThat((List<?>) requested).isNotEmpty().allMatch(name -> name.toString()
                .startsWith(origin + "/"));
    }

    /** How long the open page took until it showed anything, as the browser measured. */
    long firstPaintMillis() {
        Object millis = driver.executeScript(
                "return Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)");
        return ((Number) Objects.requireNonNull(millis)).longValue();
    }

    /** Lets pages look as for a viewer who prefers {@code light} or {@code dark}. */
    void prefer(String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Gives the window the width of a phone, until {@link #leave}. */
    void narrow() {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", PHONE_WIDTH, "height", 844, "deviceScaleFactor", 1, "mobile", false));
    }

    /** The text of what a button saves as a file. */
    String saved(String selector) {
        return String.valueOf(run("""
                const blobs = [];
                const create = URL.createObjectURL;
                const follow = HTMLAnchorElement.prototype.click;
                URL.createObjectURL = blob => blobs.push(blob) && 'about:blank';
                HTMLAnchorElement.prototype.click = () => {};
                try {
                  document.querySelector(`%s`).click();
                } finally {
                  URL.createObjectURL = create;
                  HTMLAnchorElement.prototype.click = follow;
                }
                return await blobs[0].text();
                """.formatted(selector)));
    }

    /** Fails if axe-core finds a barrier in the open page that is serious or worse, or cannot apply a rule. */
    public void assertAccessible() {
        driver.executeScript(AXE);
        Object barriers = run("""
                const { violations, incomplete } = await axe.run(document, { preload: false });
                const failed = incomplete.filter(({ error }) => error).map(({ id, error }) => `${id}: ${error}`);
                return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
                  .flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`))
                  .concat(failed);
                """);
        assertThat((List<?>) barriers).as(driver.getCurrentUrl()).isEmpty();
    }

    /** Writes what the window shows, as PNG. */
    void screenshot(Path file, int width, int height) throws IOException {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        // The chart follows the size in the next frames.
        run("await new Promise(resolve => setTimeout(resolve, 500));");
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    }

    private static String axe() {
        try (InputStream properties = resource("META-INF/maven/org.webjars.npm/axe-core/pom.properties")) {
            Properties axe = new Properties();
            axe.load(properties);
            try (InputStream script = resource(
                    "META-INF/resources/webjars/axe-core/%s/axe.min.js".formatted(axe.getProperty("version")))) {
                return new String(script.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(Browser.class.getClassLoader().getResourceAsStream(name), name);
    }

    /** Leaves the page, and forgets the errors that a test caused. Until it is left, it reconnects and logs more. */
    public void leave() {
        driver.get("about:blank");
        driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
        driver.manage().logs().get(LogType.BROWSER);
    }

    @Override
    public void close() {
        driver.quit();
    }
}
