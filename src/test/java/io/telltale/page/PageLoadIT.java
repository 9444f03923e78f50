package io.telltale.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.local.LongTests;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.page.PageMeter.Sample;
import io.telltale.simulate.SensorKind;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the page costs a viewer, on the packaged service with a simulated fleet: first paint, frames, processor time,
 * memory. Skipped without Chromium. Its full size, an hour at tenfold speed: {@code -Dlong -Dminutes=60}.
 */
@Tag("servers")
@Tag("long")
@Tag("endurance")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PageLoadIT {

    private static final Logger log = Logger.getLogger(PageLoadIT.class);
    private static final Clock CLOCK = Clock.systemUTC();
    private static final String GROUP = "telltale-page-load";

    private static final int SENSORS = 2_000;
    private static final int PAINTS = 5;
    private static final long MAX_FIRST_PAINT_MILLIS = 300;
    private static final int MAX_COMPRESSED_BYTES = 150 * 1024;
    private static final double MIN_FRAMES_PER_SECOND = 30;
    private static final double MAX_CORES = 1;

    /** A sample; the first ones are not compared, as the browser still compiles. */
    private static final Duration SAMPLE = Duration.ofSeconds(10);

    private static final int WARM_UP = 2;
    private static final int MINUTES = LongTests.minutes(4);
    private static final int SAMPLES = (int) Duration.ofMinutes(MINUTES).dividedBy(SAMPLE);

    /** Three rows in each frame. */
    private static final int SCROLLED_PIXELS = 132;

    /** The most that a chart takes. */
    private static final int CHARTED = 8;

    /** An hour at tenfold speed is 36,000 readings of each sensor: sent in fewer minutes, as fast as sensors get. */
    private static final double CHART_RATE = Math.min(SimulationSettings.MAX_RATE_PER_SENSOR, 600.0 / MINUTES);

    /** The most that a series keeps. */
    private static final int MAX_POINTS = CHARTED * 8_000;

    /** Of the heap: live readings are held until history replaces them, so it rises and falls. */
    private static final double MAX_GROWTH = 1.2;

    private static Browser browser;
    private static ServiceProcess service;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        browser = Browser.start();
        SharedStack stack = SharedStack.get();
        service = new ServiceProcess(ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .with("telltale.storage.keyspace", "telltale_page_load")
                .with("mp.messaging.incoming.sensors.group.id", GROUP));
        FreshGroup.skipExistingRecords(GROUP);
        service.start();
    }

    @AfterAll
    static void close() {
        if (service != null) {
            service.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    /** The median of several, each without anything in the browser's cache. */
    @Test
    @Order(1)
    void paintsSoonAndIsLight() {
        browser.open(service.baseUrl() + "/#/fleet");
        browser.awaitText(".empty", "No sensors yet");
        long[] millis = IntStream.range(0, PAINTS)
                .mapToLong(paint -> {
                    browser.command("Network.clearBrowserCache", Map.of());
                    browser.open(service.baseUrl() + "/#/fleet");
                    browser.awaitText(".empty", "No sensors yet");
                    return browser.firstPaintMillis();
                })
                .sorted()
                .toArray();
        browser.command("Network.clearBrowserCache", Map.of());
        browser.open(service.baseUrl() + "/#/sensor?id=page-load-0");
        browser.awaitText(".legend .missing", "was never seen");
        Number bytes = (Number) Objects.requireNonNull(browser.run("""
                return performance.getEntries().filter(entry => 'transferSize' in entry && !entry.name.includes('/api/'))
                  .reduce((sum, entry) => sum + entry.transferSize, 0);
                """));
        log.infof("First paint after %s ms; a chart and its fleet are %d bytes", Arrays.toString(millis), bytes);
        assertThat(millis[PAINTS / 2]).isBetween(1L, MAX_FIRST_PAINT_MILLIS);
        assertThat(bytes.longValue()).isBetween(10_000L, (long) MAX_COMPRESSED_BYTES);
        browser.leave();
    }

    @Test
    @Order(2)
    void followsTwoThousandSensorsSmoothly() {
        List<Sample> still = new ArrayList<>();
        List<Sample> scrolling = new ArrayList<>();
        List<Sample> both = new ArrayList<>();
        try (Simulation fleet = simulation(SENSORS, 1)) {
            fleet.start();
            browser.open(service.baseUrl() + "/#/fleet");
            browser.awaitText(".view .summary", "2\u202f000 sensors");
            browser.awaitText("#connection", "Live");
            PageMeter meter = new PageMeter(browser);
            for (int i = 0; i < SAMPLES / 2; i++) {
                still.add(meter.sample(SAMPLE, 0));
                scrolling.add(meter.sample(SAMPLE, SCROLLED_PIXELS));
                both.addAll(List.of(still.get(i), scrolling.get(i)));
            }
            assertThat(browser.text("#connection")).isEqualTo("Live");
        }
        log.infof("%d sensors, still: %s", SENSORS, still);
        log.infof("%d sensors, scrolling: %s", SENSORS, scrolling);
        assertSmooth(still);
        assertSmooth(scrolling);
        assertFlat(both);
        browser.leave();
    }

    @Test
    @Order(3)
    void holdsABoundedNumberOfPoints() {
        List<Sample> samples = new ArrayList<>();
        List<Integer> points = new ArrayList<>();
        try (Simulation fleet = simulation(CHARTED, CHART_RATE)) {
            fleet.start();
            browser.open(service.baseUrl() + "/#/sensor?from=now-1h&to=now" + charted());
            browser.awaitText("#connection", "Live");
            browser.awaitText(".legend", "humidity-0002");
            PageMeter meter = new PageMeter(browser);
            for (int i = 0; i < SAMPLES; i++) {
                samples.add(meter.sample(SAMPLE, 0));
                points.add(points());
            }
            assertThat(browser.text("#connection")).isEqualTo("Live");
            assertThat(browser.text(".notice")).isEmpty();
        }
        log.infof(
                "%d sensors, %.0f readings/s each, for %d min: %s, points %s",
                CHARTED, CHART_RATE, MINUTES, samples, points);
        assertThat(points).allSatisfy(shown -> assertThat(shown).isBetween(CHARTED, MAX_POINTS));
        assertSmooth(samples);
        assertFlat(samples);
        browser.leave();
    }

    private static Simulation simulation(int sensors, double rate) {
        return new Simulation(
                SharedStack.get().kafka().bootstrapServers(),
                SimulationSettings.of(sensors, CLOCK.instant()).withRatePerSensor(rate),
                CLOCK);
    }

    /** The sensors of a small fleet, as parameters of a link. */
    private static String charted() {
        SensorKind[] kinds = SensorKind.values();
        StringBuilder ids = new StringBuilder();
        for (int i = 0; i < CHARTED; i++) {
            String kind = kinds[i % kinds.length].name().toLowerCase(Locale.ROOT);
            ids.append("&id=%s-%04d".formatted(kind, i / kinds.length + 1));
        }
        return ids.toString();
    }

    /** As the page says. */
    private static int points() {
        String summary = browser.text(".view .summary");
        return Integer.parseInt(
                summary.replaceFirst(".* · ([\\d\u202f]+) points$", "$1").replace("\u202f", ""));
    }

    /** The median of the second half: before, the servers on this machine also compile their code. */
    private static void assertSmooth(List<Sample> samples) {
        assertThat(samples).allSatisfy(sample -> assertThat(sample.cores()).isLessThan(MAX_CORES));
        assertThat(median(samples.subList(samples.size() / 2, samples.size()), Sample::framesPerSecond))
                .as(samples::toString)
                .isGreaterThan(MIN_FRAMES_PER_SECOND);
    }

    /** The least of each half: a heap also has live readings, until history replaces them. */
    private static void assertFlat(List<Sample> samples) {
        List<Sample> compared = samples.subList(Math.min(WARM_UP, samples.size() / 2), samples.size());
        int half = compared.size() / 2;
        for (ToDoubleFunction<Sample> what : List.<ToDoubleFunction<Sample>>of(Sample::heapKb, Sample::nodes)) {
            double before = least(compared.subList(0, half), what);
            assertThat(least(compared.subList(half, compared.size()), what))
                    .as(compared::toString)
                    .isLessThan(MAX_GROWTH * before);
        }
    }

    private static double least(List<Sample> samples, ToDoubleFunction<Sample> what) {
        return samples.stream().mapToDouble(what).min().orElseThrow();
    }

    private static double median(List<Sample> samples, ToDoubleFunction<Sample> what) {
        double[] sorted = samples.stream().mapToDouble(what).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
