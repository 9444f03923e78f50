package io.telltale.evaluate;

import io.telltale.bench.BenchException;
import io.telltale.bench.Summary;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * A plot as an SVG file beside a page. Error bars span the rounds: half of the distance between the least and the most.
 */
public final class Figure {

    private static final int WIDTH = 860;
    private static final int HEIGHT = 420;
    private static final int LABEL_DEGREES = 45;
    private static final Pattern DECIMALS = Pattern.compile("(\\d\\.\\d)\\d+");

    private static final String EMPTY = """
            <svg xmlns="http://www.w3.org/2000/svg" width="860" height="40">
              <text x="10" y="25" font-family="sans-serif">%s: not enough results</text>
            </svg>
            """;

    private Figure() {}

    /** The points of a line. */
    public record Line(List<Double> x, List<Summary> y) {

        public Line {
            x = List.copyOf(x);
            y = List.copyOf(y);
        }
    }

    /**
     * Draws groups of bars.
     *
     * @param name of the file, without extension
     * @param series by name, a value for each category
     * @return the name of the file
     */
    public static String bars(
            Path directory,
            String name,
            String title,
            String yAxisWithUnit,
            List<String> categories,
            Map<String, List<Summary>> series) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle(yAxisWithUnit)
                .build();
        chart.getStyler().setXAxisLabelRotation(LABEL_DEGREES);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        series.forEach((label, values) -> chart.addSeries(label, categories, medians(values), errors(values)));
        return save(chart, directory, name);
    }

    /** Draws lines over a common x axis. */
    public static String lines(
            Path directory,
            String name,
            String title,
            String xAxisWithUnit,
            String yAxisWithUnit,
            Map<String, Line> lines) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(xAxisWithUnit)
                .yAxisTitle(yAxisWithUnit)
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        lines.forEach((label, line) -> chart.addSeries(label, line.x(), medians(line.y()), errors(line.y())));
        return save(chart, directory, name);
    }

    private static List<Double> medians(List<Summary> values) {
        return values.stream().map(Summary::median).toList();
    }

    private static List<Double> errors(List<Summary> values) {
        return values.stream().map(value -> (value.most() - value.least()) / 2).toList();
    }

    /** A hundredth of a pixel is not visible, and half of the file. */
    private static void round(Path file) throws IOException {
        Files.writeString(file, DECIMALS.matcher(Files.readString(file)).replaceAll("$1"));
    }

    private static String save(Chart<?, ?> chart, Path directory, String name) {
        try {
            Files.createDirectories(directory);
            if (chart.getSeriesMap().isEmpty()) {
                // A run may have measured a part of a chapter only, and the encoder fails without a series.
                Files.writeString(directory.resolve(name + ".svg"), EMPTY.formatted(chart.getTitle()));
                return name + ".svg";
            }
            chart.getStyler().setChartBackgroundColor(Color.WHITE);
            VectorGraphicsEncoder.saveVectorGraphic(
                    chart, directory.resolve(name).toString(), VectorGraphicsFormat.SVG);
            round(directory.resolve(name + ".svg"));
            return name + ".svg";
        } catch (IOException e) {
            throw new BenchException("could not draw " + name, e);
        }
    }
}
