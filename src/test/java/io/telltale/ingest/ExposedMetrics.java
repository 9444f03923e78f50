package io.telltale.ingest;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metrics of a page in the text format of Prometheus.
 *
 * @param labels the label names by metric name
 * @param types the types by metric name
 */
record ExposedMetrics(Map<String, Set<String>> labels, Map<String, String> types) {

    private static final Pattern SAMPLE = Pattern.compile("([a-z_]\\w*)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");

    static ExposedMetrics of(String page) {
        ExposedMetrics exposed = new ExposedMetrics(new TreeMap<>(), new TreeMap<>());
        page.lines().forEach(exposed::read);
        return exposed;
    }

    private void read(String line) {
        if (line.startsWith("# TYPE ")) {
            String[] parts = line.split(" ", -1);
            types.put(parts[2], parts[3]);
        }
        Matcher sample = SAMPLE.matcher(line);
        if (sample.matches()) {
            Set<String> names = labels.computeIfAbsent(sample.group(1), unknown -> new TreeSet<>());
            Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
            while (label.find()) {
                names.add(label.group(1));
            }
        }
    }
}
