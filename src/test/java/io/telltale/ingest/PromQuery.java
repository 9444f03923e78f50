package io.telltale.ingest;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metrics and labels of a PromQL query, for the part of the language that alerts and dashboard use. An unknown word
 * without labels counts as a metric, so that a typing error is found.
 *
 * @param labels by metric, the labels that the query matches or groups by
 */
record PromQuery(Map<String, Set<String>> labels) {

    private static final Set<String> WORDS = Set.of(
            "sum",
            "max",
            "absent",
            "changes",
            "rate",
            "histogram_quantile",
            "min_over_time",
            "unless",
            "and",
            "or",
            "offset");

    private static final Pattern TEXT = Pattern.compile("\"[^\"]*\"");
    private static final Pattern NUMBER_OR_SPAN = Pattern.compile("\\[[^\\]]*]|\\boffset \\w+|\\b[0-9.]+\\w*");
    private static final Pattern GROUPING = Pattern.compile("\\bby *\\(([^)]*)\\)");
    private static final Pattern SELECTOR = Pattern.compile("([a-z_:]\\w*)(?:\\{([^}]*)})?");
    private static final Pattern LABEL = Pattern.compile("(\\w+) *(?:=~|!~|!=|=)");

    static PromQuery of(String query) {
        String bare = NUMBER_OR_SPAN.matcher(TEXT.matcher(query).replaceAll("")).replaceAll("");
        Set<String> grouped = new TreeSet<>();
        Matcher grouping = GROUPING.matcher(bare);
        while (grouping.find()) {
            grouped.addAll(Set.of(grouping.group(1).replace(" ", "").split(",", -1)));
        }
        Map<String, Set<String>> found = new HashMap<>();
        Matcher selector = SELECTOR.matcher(grouping.replaceAll(""));
        while (selector.find()) {
            if (!WORDS.contains(selector.group(1))) {
                Set<String> labels = found.computeIfAbsent(selector.group(1), unknown -> new LinkedHashSet<>(grouped));
                Matcher label = LABEL.matcher(selector.group(2) == null ? "" : selector.group(2));
                while (label.find()) {
                    labels.add(label.group(1));
                }
            }
        }
        return new PromQuery(found);
    }
}
