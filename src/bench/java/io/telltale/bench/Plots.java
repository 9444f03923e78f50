package io.telltale.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The figures as SVG files beside the page. */
final class Plots {

    private static final int WIDTH = 860;
    private static final int HEIGHT = 420;

    private final Path directory;
    private final List<String> written = new ArrayList<>();

    private Plots(Path directory) {
        this.directory = directory;
    }

    /** Draws rates and costs, if there are any, and returns the names of the files. */
    static List<String> ofDrain(DrainTable drain, Path directory) {
        Plots plots = new Plots(directory);
        if (!drain.rows().isEmpty()) {
            plots.drainRates(drain);
            plots.drainCosts(drain);
        }
        return plots.written;
    }

    /** Draws costs, if there are any, and returns the names of the files. */
    static List<String> ofSweep(List<LoadRun> sweep, Path directory) {
        Plots plots = new Plots(directory);
        if (!sweep.isEmpty()) {
            plots.sweepCosts(sweep);
        }
        return plots.written;
    }

    /** Draws how fast ranges are read, and returns the names of the files. */
    static List<String> ofReads(List<QueryPage.Row> rows, Path directory) {
        Plots plots = new Plots(directory);
        if (!rows.isEmpty()) {
            plots.readRates(rows);
        }
        return plots.written;
    }

    private void readRates(List<QueryPage.Row> rows) {
        CategoryChart chart = bars("range: readings read per second (median)", "readings/s");
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setYAxisMin(1.0);
        chart.getStyler().setLegendVisible(false);
        chart.addSeries(
                "readings/s",
                rows.stream().map(row -> row.what() + ", " + row.reader()).toList(),
                rows.stream().map(row -> Math.max(1, row.rate().median())).toList());
        save(
                () -> VectorGraphicsEncoder.saveVectorGraphic(chart, path("range-rate"), VectorGraphicsFormat.SVG),
                "range-rate");
    }

    private void drainRates(DrainTable drain) {
        CategoryChart chart = bars("drain: readings stored per second (median)", "readings/s");
        // Some are a hundred times as fast as others. Without a bound of its own the axis would begin at 0.
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setYAxisMin(1.0);
        chart.addSeries(
                "readings/s",
                drain.rows().stream().map(Plots::name).toList(),
                drain.rows().stream()
                        .map(row -> Math.max(1, row.rate().median()))
                        .toList());
        chart.getStyler().setLegendVisible(false);
        save(
                () -> VectorGraphicsEncoder.saveVectorGraphic(chart, path("drain-rate"), VectorGraphicsFormat.SVG),
                "drain-rate");
    }

    private void drainCosts(DrainTable drain) {
        CategoryChart chart = bars("drain: processor time per reading (median)", "µs per reading");
        chart.getStyler().setStacked(true);
        List<String> names = drain.rows().stream().map(Plots::name).toList();
        chart.addSeries(
                "client",
                names,
                drain.rows().stream().map(row -> row.client().median()).toList());
        chart.addSeries(
                "Kafka",
                names,
                drain.rows().stream().map(row -> row.kafka().median()).toList());
        chart.addSeries(
                "Cassandra",
                names,
                drain.rows().stream().map(row -> row.cassandra().median()).toList());
        save(
                () -> VectorGraphicsEncoder.saveVectorGraphic(chart, path("drain-cpu"), VectorGraphicsFormat.SVG),
                "drain-cpu");
    }

    private void sweepCosts(List<LoadRun> sweep) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("sweep: processor time per reading, client and Cassandra")
                .xAxisTitle("linger, ms")
                .yAxisTitle("µs per reading")
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        Map<String, List<LoadRun>> lines = new TreeMap<>();
        for (LoadRun run : sweep) {
            lines.computeIfAbsent(
                            String.format(
                                    Locale.ROOT,
                                    "%,d sensors, %d shards, replicas: %d",
                                    run.fleet().sensors(),
                                    run.shards(),
                                    run.replicas()),
                            unknown -> new ArrayList<>())
                    .add(run);
        }
        lines.forEach((name, runs) -> chart.addSeries(
                name,
                runs.stream().map(run -> (double) run.lingerMillis()).toList(),
                runs.stream()
                        .map(run -> run.micros().client() + run.micros().cassandra())
                        .toList()));
        save(
                () -> VectorGraphicsEncoder.saveVectorGraphic(chart, path("sweep-cpu"), VectorGraphicsFormat.SVG),
                "sweep-cpu");
    }

    private static CategoryChart bars(String title, String yAxis) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle(yAxis)
                .build();
        chart.getStyler().setXAxisLabelRotation(45);
        return chart;
    }

    private static String name(DrainTable.Row row) {
        return "%s b=%d %dk"
                .formatted(row.peer().label(), row.shape().b(), row.shape().sensors() / 1_000);
    }

    /** Draws and writes a file. */
    private interface Drawing {
        void draw() throws IOException;
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private void save(Drawing drawing, String name) {
        try {
            Files.createDirectories(directory);
            drawing.draw();
            written.add(name + ".svg");
        } catch (IOException e) {
            throw new BenchException("could not draw " + name, e);
        }
    }
}
