package io.telltale.ingest;

import static io.restassured.RestAssured.given;

import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** A snapshot of {@code /q/metrics} of a service. */
public record ServiceMetrics(String page) {

    /** Reads the metrics of the service at this address. */
    public static ServiceMetrics of(String baseUrl) {
        return new ServiceMetrics(given().accept("text/plain")
                .get(baseUrl + "/q/metrics")
                .then()
                .statusCode(200)
                .extract()
                .asString());
    }

    /** The sum of a metric over all its labels; 0 if there is none. */
    public double sum(String name) {
        return values(lines(name)).sum();
    }

    /** The sum of a metric where a label has this value; 0 if there is none. */
    public double sum(String name, String label, String value) {
        return values(lines(name).filter(line -> line.contains("%s=\"%s\"".formatted(label, value))))
                .sum();
    }

    public boolean has(String name) {
        return lines(name).findAny().isPresent();
    }

    private Stream<String> lines(String name) {
        return page.lines().filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "));
    }

    private static DoubleStream values(Stream<String> lines) {
        return lines.mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)));
    }
}
