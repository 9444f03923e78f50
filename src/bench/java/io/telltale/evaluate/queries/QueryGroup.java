package io.telltale.evaluate.queries;

import io.telltale.evaluate.queries.Comparison.Variant;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A section of the chapter.
 *
 * @param name of its plot
 * @param title of the section
 * @param text what its cells have in common
 */
record QueryGroup(String name, String title, String text, List<Comparison> comparisons) {

    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration DAY = Duration.ofDays(1);

    private static final QueryCell BASE = QueryCell.byDriver("queries-base", Dataset.usual());
    private static final QueryCell DAY_BUCKET =
            QueryCell.byDriver("queries-bucket-1d", Dataset.usual().withBucket(DAY));
    private static final QueryCell HOUR_BUCKET =
            QueryCell.byDriver("queries-bucket-1h", Dataset.usual().withBucket(Duration.ofHours(1)));
    /** Its figures for one reader are also those of the service in other sections. */
    private static final QueryCell READERS =
            QueryCell.byService("queries-readers", Dataset.usual()).withReaders(List.of(1, 4, 16, 64));

    QueryGroup {
        comparisons = List.copyOf(comparisons);
    }

    /** All sections. */
    static List<QueryGroup> all() {
        return List.of(index(), buckets(), shards(), pages(), readAhead(), history(), sensors(), readers());
    }

    /** The cells of all sections by name; a cell may be compared in several sections. */
    static Map<String, QueryCell> cells() {
        Map<String, QueryCell> cells = new LinkedHashMap<>();
        all().stream()
                .flatMap(group -> group.comparisons().stream())
                .flatMap(comparison -> comparison.variants().stream())
                .forEach(variant -> cells.putIfAbsent(variant.cell().name(), variant.cell()));
        return cells;
    }

    private static QueryGroup index() {
        return new QueryGroup(
                "index",
                "Bucket index",
                "A week of a sensor that has ten readings in some 15-minute buckets and none in the others; a neighbor has"
                        + " readings in all of them. *Off* reads every bucket of the week, *on* asks the tables `weeks`"
                        + " and `buckets` first. The service always has the index, so *off* is by the driver alone.",
                Stream.of(50, 10, 1).flatMap(QueryGroup::index).toList());
    }

    private static Stream<Comparison> index(int of) {
        String few = of == 1 ? "every bucket" : "1 of %d buckets".formatted(of);
        Dataset idle = Dataset.idle(of);
        QueryCell off =
                QueryCell.byDriver("queries-index-off-%d".formatted(of), idle).ofRange(WEEK);
        QueryCell on = QueryCell.byDriver("queries-index-on-%d".formatted(of), idle)
                .ofRange(WEEK)
                .indexed();
        QueryCell service = QueryCell.byService("queries-service-index-%d".formatted(of), idle)
                .ofRange(WEEK);
        return Stream.of(
                Comparison.ofChoice(
                        "Bucket index, readings in " + few,
                        new Variant("off, " + few, off),
                        new Variant("on, " + few, on)),
                Comparison.ofGiven(
                        "Driver or service with the index, readings in " + few,
                        new Variant("driver", on),
                        new Variant("service, " + few, service)));
    }

    private static QueryGroup buckets() {
        return new QueryGroup(
                "buckets",
                "Bucket width",
                "The same 4 hours in more or fewer partitions, which are smaller or larger.",
                List.of(
                        Comparison.ofChoice(
                                "Bucket width",
                                new Variant(
                                        "5 min",
                                        QueryCell.byDriver(
                                                "queries-bucket-5m",
                                                Dataset.usual().withBucket(Duration.ofMinutes(5)))),
                                new Variant("15 min", BASE),
                                new Variant("1 h", HOUR_BUCKET),
                                new Variant("1 day", DAY_BUCKET)),
                        Comparison.ofChoice(
                                "Bucket width, by the service",
                                new Variant("15 min, service", READERS),
                                new Variant(
                                        "1 day, service",
                                        QueryCell.byService(
                                                "queries-service-bucket-1d",
                                                Dataset.usual().withBucket(DAY))))));
    }

    private static QueryGroup shards() {
        Dataset usual = Dataset.usual();
        return new QueryGroup(
                "shards",
                "Shard count",
                "Of 1,000 sensors, a shard's share lies in one partition with the sensor that is read: with fewer shards"
                        + " there are more neighbors.",
                List.of(
                        Comparison.ofChoice(
                                "Shard count",
                                new Variant("16 shards", QueryCell.byDriver("queries-shards-16", usual.withShards(16))),
                                new Variant("64 shards", BASE),
                                new Variant(
                                        "256 shards", QueryCell.byDriver("queries-shards-256", usual.withShards(256)))),
                        Comparison.ofChoice(
                                "Shard count, by the service",
                                new Variant(
                                        "16 shards, service",
                                        QueryCell.byService("queries-service-shards-16", usual.withShards(16))),
                                new Variant("64 shards, service", READERS))));
    }

    private static QueryGroup pages() {
        return new QueryGroup(
                "pages",
                "Page size",
                "Buckets of a day, so that a slice has 3,600 rows: a page larger than a slice changes nothing. The service"
                        + " chooses the page size by the size of rows, up to 5,000.",
                List.of(Comparison.ofChoice(
                        "Page size",
                        new Variant(
                                "100 rows",
                                QueryCell.byDriver("queries-page-100", DAY_BUCKET.dataset())
                                        .withPage(100)),
                        new Variant(
                                "1,000 rows",
                                QueryCell.byDriver("queries-page-1000", DAY_BUCKET.dataset())
                                        .withPage(1_000)),
                        new Variant("5,000 rows", DAY_BUCKET))));
    }

    private static QueryGroup readAhead() {
        return new QueryGroup(
                "ahead",
                "Read-ahead",
                "The range has 16 or 17 slices of 225 rows. Each waits for a round trip, unless it was requested while"
                        + " earlier ones were read. The service adapts its read-ahead, from 1 to 16,"
                        + " and asks the bucket index first if a range has more than eight buckets.",
                List.of(
                        Comparison.ofChoice(
                                "Read-ahead",
                                new Variant("1 slice at once", ahead(1)),
                                new Variant("2", ahead(2)),
                                new Variant("4", BASE),
                                new Variant("8", ahead(8))),
                        Comparison.ofGiven(
                                "Driver or service",
                                new Variant("driver, 4 slices at once", BASE),
                                new Variant("service, adaptive", READERS))));
    }

    private static QueryCell ahead(int slices) {
        return QueryCell.byDriver("queries-ahead-%d".formatted(slices), Dataset.usual())
                .withAhead(slices);
    }

    private static QueryGroup history() {
        Dataset usual = Dataset.usual();
        return new QueryGroup(
                "history",
                "Length of the history",
                "Ranges of the same day; before it, the sensor has no, 9 or 99 days of readings. Neighbors have this one"
                        + " day. All fits into memory.",
                List.of(
                        Comparison.ofGiven(
                                "History",
                                new Variant("× 1", BASE),
                                new Variant("× 10", QueryCell.byDriver("queries-history-10", usual.withHistory(10))),
                                new Variant(
                                        "× 100", QueryCell.byDriver("queries-history-100", usual.withHistory(100)))),
                        Comparison.ofGiven(
                                "History, by the service",
                                new Variant("× 1, service", READERS),
                                new Variant(
                                        "× 10, service",
                                        QueryCell.byService("queries-service-history-10", usual.withHistory(10))))));
    }

    private static QueryGroup sensors() {
        Dataset usual = Dataset.usual();
        return new QueryGroup(
                "sensors",
                "Number of sensors",
                "The same range of one sensor in a larger fleet, with the same 64 shards: it has more neighbors in its"
                        + " partitions.",
                List.of(
                        Comparison.ofGiven(
                                "Sensors",
                                new Variant(
                                        "100 sensors (× 1)",
                                        QueryCell.byDriver("queries-sensors-100", usual.withFleet(100))),
                                new Variant("1,000 (× 10)", BASE),
                                new Variant(
                                        "10,000 (× 100)",
                                        QueryCell.byDriver("queries-sensors-10000", usual.withFleet(10_000)))),
                        Comparison.ofGiven(
                                "Sensors, by the service",
                                new Variant("1,000 (× 10), service", READERS),
                                new Variant(
                                        "10,000 (× 100), service",
                                        QueryCell.byService(
                                                "queries-service-sensors-10000", usual.withFleet(10_000))))));
    }

    private static QueryGroup readers() {
        return new QueryGroup(
                "readers",
                "Concurrent readers",
                "By the service over REST; each reader waits for its page before it asks for the next one. The service"
                        + " reads at most 16 pages at the same time.",
                List.of(Comparison.ofGiven(
                        "Concurrent readers",
                        READERS.readers().stream()
                                .map(count -> new Variant(Integer.toString(count), READERS, count))
                                .toArray(Variant[]::new))));
    }
}
