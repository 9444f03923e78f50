package io.telltale.page;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the open page of a {@link Browser} costs: frames, processor time, memory. */
final class PageMeter {

    /** Counts frames for a time. `%1$d` milliseconds; `%2$d` pixels are scrolled in each frame, up and down. */
    private static final String COUNT_FRAMES = """
            const list = document.querySelector('.list');
            let step = %2$d;
            let frames = 0;
            let longest = 0;
            const begin = performance.now();
            await new Promise(resolve => {
              let last = begin;
              const count = now => {
                frames++;
                longest = Math.max(longest, now - last);
                last = now;
                if (step !== 0) {
                  const before = list.scrollTop;
                  list.scrollTop += step;
                  step = list.scrollTop === before ? -step : step;
                }
                if (now - begin < %1$d) {
                  requestAnimationFrame(count);
                } else {
                  resolve();
                }
              };
              requestAnimationFrame(count);
            });
            return [frames * 1000 / (performance.now() - begin), longest];
            """;

    private final Browser browser;

    /**
     * Of a time in which nothing else is done with the browser.
     *
     * @param framesPerSecond as the page sees them
     * @param longestFrameMillis between two frames
     * @param cores processor time of all processes of the browser, per second
     * @param heapKb what scripts hold after a collection of garbage
     * @param nodes of all documents
     */
    record Sample(double framesPerSecond, double longestFrameMillis, double cores, long heapKb, long nodes) {

        @Override
        public String toString() {
            return "%.0f frames/s, longest %.0f ms, %.2f cores, heap %d KB, %d nodes"
                    .formatted(framesPerSecond, longestFrameMillis, cores, heapKb, nodes);
        }
    }

    PageMeter(Browser browser) {
        this.browser = browser;
        browser.command("Performance.enable", Map.of());
        browser.command("HeapProfiler.enable", Map.of());
    }

    /** Takes a sample; in each frame, the list of the fleet is scrolled by {@code scrolledPixels}. */
    Sample sample(Duration time, int scrolledPixels) {
        Duration usedBefore = processorTime();
        long begin = System.nanoTime();
        List<?> frames =
                (List<?>) Objects.requireNonNull(browser.run(COUNT_FRAMES.formatted(time.toMillis(), scrolledPixels)));
        double seconds = (System.nanoTime() - begin) / 1e9;
        double cores = processorTime().minus(usedBefore).toNanos() / 1e9 / seconds;
        browser.command("HeapProfiler.collectGarbage", Map.of());
        return new Sample(
                number(frames.get(0)), number(frames.get(1)), cores, (long) metric("JSHeapUsedSize") >> 10, (long)
                        metric("Nodes"));
    }

    /** Of all processes of the browser: the page, the drawing, the network. */
    private Duration processorTime() {
        ProcessHandle main = ProcessHandle.of(browser.processId()).orElseThrow();
        return Stream.concat(Stream.of(main), main.descendants())
                .flatMap(process -> process.info().totalCpuDuration().stream())
                .reduce(Duration.ZERO, Duration::plus);
    }

    private double metric(String name) {
        List<?> all =
                (List<?>) browser.command("Performance.getMetrics", Map.of()).get("metrics");
        return Objects.requireNonNull(all).stream()
                .map(one -> (Map<?, ?>) one)
                .filter(one -> name.equals(one.get("name")))
                .mapToDouble(one -> number(one.get("value")))
                .findFirst()
                .orElseThrow();
    }

    private static double number(@Nullable Object value) {
        return ((Number) Objects.requireNonNull(value)).doubleValue();
    }
}
