package io.telltale.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
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
final class Browser implements AutoCloseable {

    private static final File CHROMIUM = new File(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final File DRIVER = new File(System.getProperty("chromedriver", "/usr/bin/chromedriver"));
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Starts it, or skips the tests of the caller. */
    static Browser start() {
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
    void open(String address) {
        driver.get("about:blank");
        driver.get(address);
    }

    /** The text of the first element; empty while there is none. */
    String text(String selector) {
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
    void awaitText(String selector, String part) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> assertThat(text(selector))
                .contains(part));
    }

    void click(String selector) {
        driver.findElement(By.cssSelector(selector)).click();
    }

    void type(String selector, String text) {
        driver.findElement(By.cssSelector(selector)).sendKeys(text);
    }

    /** The part of the address behind the host. */
    String link() {
        return driver.getCurrentUrl().replaceFirst("^http://[^/]+", "");
    }

    /** Runs the body of an asynchronous function in the page, and returns its result. */
    @Nullable
    Object run(String body) {
        Object result = driver.executeAsyncScript(
                "const done = arguments[0]; (async () => { %s })().then(value => done({ value }), error => done({ error: String(error) }));"
                        .formatted(body));
        Map<?, ?> outcome = (Map<?, ?>) Objects.requireNonNull(result);
        assertThat(outcome.get("error")).as(body).isNull();
        return outcome.get("value");
    }

    /** Fails if the page logged an error since the last call, or requested anything from another origin. */
    void assertQuiet(String origin) {
        List<String> errors = driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
        assertThat(errors).as("console").isEmpty();
        Object requested =
                driver.executeScript("return performance.getEntriesByType('resource').map(entry => entry.name)");
        assertThat((List<?>) requested).isNotEmpty().allMatch(name -> name.toString()
                .startsWith(origin + "/"));
    }

    /** Leaves the page, and forgets the errors that a test caused. Until it is left, it reconnects and logs more. */
    void leave() {
        driver.get("about:blank");
        driver.manage().logs().get(LogType.BROWSER);
    }

    @Override
    public void close() {
        driver.quit();
    }
}
