package io.telltale.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What {@code /q/metrics} of a service said at a moment. */
public record ServiceMetrics(String page) {

    /** Asks the service at {@code baseUrl}. */
    public static ServiceMetrics of(String baseUrl) {
        return of(baseUrl, HttpAccess.PLAIN);
    }

    /** The same of a service that may require a credential. */
    static ServiceMetrics of(String baseUrl, HttpAccess access) {
        HttpRequest request = access.request(URI.create(baseUrl + "/q/metrics"))
                .header("Accept", "text/plain")
                .timeout(Duration.ofSeconds(20))
                .build();
        try {
            HttpResponse<String> response = access.client().send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new BenchException("%s answered %d".formatted(request.uri(), response.statusCode()));
            }
            return new ServiceMetrics(response.body());
        } catch (IOException e) {
            throw new BenchException("the service at %s gives no metrics".formatted(baseUrl), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** The sum of a metric over all its labels; 0 if there is none. */
    public double sum(String name) {
        return lines(name).mapToDouble(ServiceMetrics::number).sum();
    }

    Written written() {
        return new Written((long) sum("telltale_readings_stored_total"), (long) sum("telltale_batch_rows_count"));
    }

    /** How many values a histogram counted up to each of its bounds, bounds included. */
    NavigableMap<Double, Double> histogram(String name) {
        NavigableMap<Double, Double> counts = new TreeMap<>();
        lines(name + "_bucket").forEach(line -> {
            String label = line.substring(line.indexOf("le=\"") + 4);
            String bound = label.substring(0, label.indexOf('"'));
            counts.merge(
                    bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound),
                    number(line),
                    Double::sum);
        });
        return counts;
    }

    private Stream<String> lines(String name) {
        return page.lines().filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "));
    }

    private static double number(String line) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }
}
