package io.telltale.evaluate.capacity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The capacity calculator. One file that needs nothing but Java 17, so that an operator runs it without a build:
 * {@code java src/bench/java/io/telltale/evaluate/capacity/Capacity.java sensors=10000 interval=1s}.
 *
 * <p>Costs come from the steady loads in {@code docs/performance/ingest.json}. The service alone, one replica, has four
 * of them: two fit the model, one checks it, and the smallest shows where it does not hold. What a reading takes on
 * disk comes from the results of {@code mvn -Pevaluate} on partitioning.
 */
public final class Capacity {

    private static final double MICROS_PER_SECOND = 1e6;
    private static final double GIGABYTE = 1e9;
    private static final int LEAST_SHARDS = 16;
    private static final int MOST_SHARDS = 4_096;
    private static final double MOST_ROWS_OF_A_PARTITION = 250_000;
    private static final int LEAST_REPLICAS = 3;
    private static final Duration LONGEST_LINGER = Duration.ofSeconds(10);
    private static final int LEAST_PARTITIONS = 12;
    private static final int PARTITIONS_PER_REPLICA = 3;

    private Capacity() {}

    /** Prints the sizes; ends with 2 for an option that does not exist or has a value that is none. */
    public static void main(String[] arguments) {
        try {
            Demand demand = Demand.of(arguments);
            System.out.print(report(demand, Costs.of(read(Path.of(demand.results())))));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot read '%s'; expected a file of mvn -Pbench -Dfull or mvn -Pevaluate".formatted(file), e);
        }
    }

    /**
     * What is to be stored.
     *
     * @param perSecond readings of all sensors together
     * @param retention of the readings
     * @param factor copies of a row in each data center
     * @param dataCenters that each hold all readings
     * @param cores of a node, and of a replica of the service
     * @param load the share of the cores that ingest may use; the rest is for reads, compaction and repair
     * @param nodeDisk bytes of a node's disk
     * @param linger of the service; raised where batches would be smaller than any that was fitted
     * @param bucket of the layout
     * @param reading what one copy of a reading takes on disk
     * @param recordBytes of a record in Kafka
     * @param kafkaRetention of the topic
     * @param results the file with the measured costs
     */
    public record Demand(
            double perSecond,
            Duration retention,
            int factor,
            int dataCenters,
            double cores,
            double load,
            double nodeDisk,
            Duration linger,
            Duration bucket,
            ReadingSize reading,
            double recordBytes,
            Duration kafkaRetention,
            String results) {

        private static final String MEASURED = "measured";

        private static final Map<String, String> DEFAULTS = Map.ofEntries(
                Map.entry("sensors", "10000"),
                Map.entry("interval", "1s"),
                Map.entry("retention", "365d"),
                Map.entry("factor", "3"),
                Map.entry("data-centers", "1"),
                Map.entry("cores", "4"),
                Map.entry("load", "0.5"),
                Map.entry("node-disk-gb", "2000"),
                Map.entry("linger", "250ms"),
                Map.entry("bucket", "15m"),
                Map.entry("reading-bytes", MEASURED),
                Map.entry("record-bytes", "200"),
                Map.entry("kafka-retention", "3d"),
                Map.entry("results", "docs/performance/ingest.json"),
                Map.entry("evaluation", "docs/evaluation/results"));

        /** Parses options, each {@code name=value}. */
        public static Demand of(String... arguments) {
            Map<String, String> options = new HashMap<>(DEFAULTS);
            for (String argument : arguments) {
                int equals = argument.indexOf('=');
                if (equals < 0 || !DEFAULTS.containsKey(argument.substring(0, equals))) {
                    throw new IllegalArgumentException("option '%s' is unknown; expected name=value with one of %s"
                            .formatted(
                                    argument,
                                    DEFAULTS.keySet().stream().sorted().toList()));
                }
                options.put(argument.substring(0, equals), argument.substring(equals + 1));
            }
            return new Demand(
                    number(options, "sensors")
                            * 1_000
                            / duration(options, "interval").toMillis(),
                    duration(options, "retention"),
                    whole(options, "factor"),
                    whole(options, "data-centers"),
                    number(options, "cores"),
                    number(options, "load"),
                    number(options, "node-disk-gb") * GIGABYTE,
                    duration(options, "linger"),
                    duration(options, "bucket"),
                    MEASURED.equals(options.get("reading-bytes"))
                            ? ReadingSize.of(Path.of(options.getOrDefault("evaluation", "")))
                            : new ReadingSize(number(options, "reading-bytes"), "as given"),
                    number(options, "record-bytes"),
                    duration(options, "kafka-retention"),
                    options.getOrDefault("results", ""));
        }

        private static int whole(Map<String, String> options, String name) {
            double number = number(options, name);
            if (number != Math.rint(number) || number > 1_000) {
                throw invalid(options, name, "a whole number from 1 to 1000");
            }
            return (int) number;
        }

        private static double number(Map<String, String> options, String name) {
            try {
                double number = Double.parseDouble(options.getOrDefault(name, ""));
                if (number > 0 && number < 1e15) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Reported below, as a number out of range is.
            }
            throw invalid(options, name, "a number above 0");
        }

        private static Duration duration(Map<String, String> options, String name) {
            var parts = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)").matcher(options.getOrDefault(name, ""));
            if (!parts.matches() || Long.parseLong(parts.group(1)) == 0) {
                throw invalid(options, name, "a number and one of ms, s, m, h, d, such as 15m");
            }
            long count = Long.parseLong(parts.group(1));
            return switch (parts.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
        }

        private static IllegalArgumentException invalid(Map<String, String> options, String name, String expected) {
            return new IllegalArgumentException(
                    "option %s is '%s'; expected %s".formatted(name, options.getOrDefault(name, ""), expected));
        }
    }

    /**
     * What one copy of a reading takes on disk.
     *
     * @param source where the figure comes from
     */
    public record ReadingSize(double bytes, String source) {

        /** A row, measured once during design. */
        private static final double OF_DESIGN = 21.8;

        private static final Pattern DISK = Pattern.compile("\"diskBytesPerReading\" : ([0-9.E]+)");

        /** The most of all results of the service's layout: one copy, flushed and compacted. */
        static ReadingSize of(Path evaluation) {
            List<Double> found = new ArrayList<>();
            if (Files.isDirectory(evaluation)) {
                try (var results = Files.newDirectoryStream(evaluation, "partitioning-shared-*.json")) {
                    results.forEach(result -> DISK.matcher(read(result))
                            .results()
                            .forEach(size -> found.add(Double.parseDouble(size.group(1)))));
                } catch (IOException e) {
                    throw new UncheckedIOException("could not list " + evaluation, e);
                }
            }
            return found.isEmpty()
                    ? new ReadingSize(OF_DESIGN, "measured during design; no result in " + evaluation)
                    : new ReadingSize(
                            Collections.max(found), "the most of %d results in %s".formatted(found.size(), evaluation));
        }
    }

    /**
     * A measured steady load of one replica of the service, one node, one broker, on the same two cores.
     *
     * @param perSecond readings that the sensors sent
     * @param storedPerSecond readings that became durable
     * @param micros processor time per reading
     * @param rowsPerRequest readings per request to Cassandra
     */
    public record Point(double perSecond, double storedPerSecond, Micros micros, double rowsPerRequest) {}

    /** Microseconds of processor time per reading. */
    public record Micros(double service, double kafka, double cassandra) {
        double all() {
            return service + kafka + cassandra;
        }
    }

    /** A cost of each reading, and of each request that the readings of a batch share. */
    private record Line(double reading, double request) {

        static Line through(double one, double oneRows, double other, double otherRows) {
            double request = (one - other) / (1 / oneRows - 1 / otherRows);
            return new Line(one - request / oneRows, request);
        }

        double at(double rows) {
            return reading + request / rows;
        }
    }

    /**
     * What a reading costs by the size of its batch, between two measured points.
     *
     * @param fitted the two
     * @param check a measured point between them that was not used
     * @param outside a measured point below them
     */
    public record Costs(List<Point> fitted, Point check, Point outside) {

        private static final Pattern STEADY = Pattern.compile(
                "\"peer\" : \"TELLTALE\",\\s+\"fleet\" : \\{\\s+\"sensors\" : \\d+,\\s+\"perSecond\" : (\\d+)\\s+}"
                        + "[^{}]*?\"replicas\" : 1,[^{}]*?\"storedPerSecond\" : ([0-9.E]+),\\s+\"micros\" : \\{"
                        + "\\s+\"client\" : ([0-9.E]+),\\s+\"kafka\" : ([0-9.E]+),\\s+\"cassandra\" : ([0-9.E]+)"
                        + "\\s+},\\s+\"rowsPerRequest\" : ([0-9.E]+)");

        public Costs {
            fitted = List.copyOf(fitted);
        }

        /** Reads the steady loads from the JSON of the page on ingest. */
        public static Costs of(String results) {
            List<Point> points = new ArrayList<>(
                    STEADY.matcher(results).results().map(Costs::point).toList());
            points.sort((one, other) -> Double.compare(one.perSecond(), other.perSecond()));
            if (points.size() != 4) {
                throw new IllegalArgumentException(
                        "results have %d steady loads of the service; expected 4, as of mvn -Pbench -Dfull"
                                .formatted(points.size()));
            }
            return new Costs(List.of(points.get(1), points.get(3)), points.get(2), points.get(0));
        }

        private static Point point(MatchResult found) {
            return new Point(
                    Double.parseDouble(found.group(1)),
                    Double.parseDouble(found.group(2)),
                    new Micros(
                            Double.parseDouble(found.group(3)),
                            Double.parseDouble(found.group(4)),
                            Double.parseDouble(found.group(5))),
                    Double.parseDouble(found.group(6)));
        }

        /** The costs of readings in batches of this size. */
        public Micros at(double rows) {
            Point one = fitted.get(0);
            Point other = fitted.get(1);
            double[] costs = new double[3];
            for (int i = 0; i < costs.length; i++) {
                costs[i] = Line.through(
                                cost(one.micros(), i),
                                one.rowsPerRequest(),
                                cost(other.micros(), i),
                                other.rowsPerRequest())
                        .at(rows);
            }
            return new Micros(costs[0], costs[1], costs[2]);
        }

        private static double cost(Micros micros, int process) {
            return process == 0 ? micros.service() : process == 1 ? micros.kafka() : micros.cassandra();
        }

        /** Predicted minus measured processor time of all processes, as a share of the measured. */
        public double error(Point point, Duration linger, int shards) {
            return at(rows(point.perSecond(), linger, shards, 1)).all()
                            / point.micros().all()
                    - 1;
        }
    }

    /** Readings per request, if each replica flushes each shard once per linger. */
    private static double rows(double perSecond, Duration linger, int shards, int replicas) {
        return Math.max(1, perSecond * linger.toMillis() / 1_000 / shards / replicas);
    }

    /** The sizes that a demand needs. */
    public record Sizes(
            int shards,
            Duration linger,
            int replicas,
            int partitions,
            int nodesPerDataCenter,
            double nodeBytes,
            double kafkaBytes,
            double rowsPerRequest,
            Micros micros) {

        public static Sizes of(Demand demand, Costs costs) {
            int shards = LEAST_SHARDS;
            while (shards < MOST_SHARDS
                    && demand.perSecond() * demand.bucket().toSeconds() / shards > MOST_ROWS_OF_A_PARTITION) {
                shards *= 4;
            }
            double usable = demand.cores() * demand.load() * MICROS_PER_SECOND;
            int replicas = LEAST_REPLICAS;
            Duration linger = linger(demand, costs, shards, replicas);
            double rows = rows(demand.perSecond(), linger, shards, replicas);
            // The linger grows with the replicas, so the cost of a reading does not, and this ends.
            while (demand.perSecond() * costs.at(rows).service() > usable * replicas) {
                replicas++;
                linger = linger(demand, costs, shards, replicas);
                rows = rows(demand.perSecond(), linger, shards, replicas);
            }
            Micros micros = costs.at(rows);
            // Twice: compaction writes a table anew before it drops the old one.
            double copyBytes = 2
                    * demand.perSecond()
                    * demand.retention().toSeconds()
                    * demand.reading().bytes();
            int nodes = (int) Math.max(
                    demand.factor(),
                    Math.max(
                            Math.ceil(demand.perSecond() * demand.factor() * micros.cassandra() / usable),
                            Math.ceil(copyBytes * demand.factor() / demand.nodeDisk())));
            return new Sizes(
                    shards,
                    linger,
                    replicas,
                    Math.max(LEAST_PARTITIONS, replicas * PARTITIONS_PER_REPLICA),
                    nodes,
                    copyBytes * demand.factor() / nodes,
                    demand.perSecond() * demand.kafkaRetention().toSeconds() * demand.recordBytes(),
                    rows,
                    micros);
        }

        /**
         * The linger that was asked for. For a load of the fitted range or above: at least one that fills batches as
         * the lower fitted load did, because each replica sends batches of its own to each shard.
         */
        private static Duration linger(Demand demand, Costs costs, int shards, int replicas) {
            Point low = costs.fitted().get(0);
            if (demand.perSecond() < low.perSecond()) {
                return demand.linger();
            }
            long fullMillis = (long) Math.ceil(1_000 * low.rowsPerRequest() * shards * replicas / demand.perSecond());
            if (fullMillis > LONGEST_LINGER.toMillis()) {
                throw new IllegalArgumentException(
                        "option bucket is %s; expected a shorter one: %d shards need a linger of %d ms, above %d ms"
                                .formatted(demand.bucket(), shards, fullMillis, LONGEST_LINGER.toMillis()));
            }
            return Duration.ofMillis(Math.max(demand.linger().toMillis(), fullMillis));
        }
    }

    /** All that an operator reads: the sizes, what they are extrapolated from, and how far the model was off. */
    public static String report(Demand demand, Costs costs) {
        Sizes sizes = Sizes.of(demand, costs);
        Point low = costs.fitted().get(0);
        Point high = costs.fitted().get(1);
        StringBuilder text = new StringBuilder();
        line(text, "readings per second          %,.0f", demand.perSecond());
        line(text, "shards                       %d, bucket %s", sizes.shards(), demand.bucket());
        line(text, "telltale.ingest.linger       %d ms", sizes.linger().toMillis());
        line(text, "readings per request         %.0f", sizes.rowsPerRequest());
        line(text, "service replicas             %d x %.1f cores", sizes.replicas(), demand.cores());
        line(text, "Kafka partitions             %d", sizes.partitions());
        line(text, "Kafka disk, each copy        %,.0f GB", sizes.kafkaBytes() / GIGABYTE);
        line(
                text,
                "Cassandra nodes              %d x %.1f cores in each of %d data centers",
                sizes.nodesPerDataCenter(),
                demand.cores(),
                demand.dataCenters());
        line(text, "Cassandra disk, each node    %,.0f GB", sizes.nodeBytes() / GIGABYTE);
        line(
                text,
                "CPU per reading and copy     service %.1f us, Kafka %.1f us, Cassandra %.1f us",
                sizes.micros().service(),
                sizes.micros().kafka(),
                sizes.micros().cassandra());
        line(text, "");
        line(
                text,
                "Fitted to loads of %,.0f and %,.0f readings/s, factor 1, one node, everything on two cores.",
                low.storedPerSecond(),
                high.storedPerSecond());
        line(
                text,
                "Check: a measured load of %,.0f readings/s that was not used. Predicted CPU is off by %+.0f %%.",
                costs.check().perSecond(),
                100 * costs.error(costs.check(), Duration.ofMillis(250), 64));
        line(
                text,
                "Below the fit, at %,.0f readings/s, it is off by %+.0f %%: idle cost dominates there.",
                costs.outside().perSecond(),
                100 * costs.error(costs.outside(), Duration.ofMillis(250), 64));
        extrapolations(demand, sizes, low, high).forEach(fact -> line(text, "Extrapolated: %s.", fact));
        return text.toString();
    }

    private static List<String> extrapolations(Demand demand, Sizes sizes, Point low, Point high) {
        List<String> facts = new ArrayList<>();
        if (demand.perSecond() > high.storedPerSecond() || demand.perSecond() < low.perSecond()) {
            facts.add("the rate is outside the fitted loads");
        }
        if (sizes.rowsPerRequest() > high.rowsPerRequest() || sizes.rowsPerRequest() < low.rowsPerRequest()) {
            facts.add("the batch size is outside the fitted loads");
        }
        if (demand.factor() > 1) {
            facts.add("the cost of a copy counts once per copy; coordination between nodes was not measured");
        }
        if (demand.dataCenters() > 1) {
            facts.add("each data center costs what one does; the traffic between them was not measured");
        }
        facts.add(String.format(
                Locale.ROOT,
                "%.1f bytes per reading on disk (%s) and %.0f per Kafka record (assumed)",
                demand.reading().bytes(),
                demand.reading().source(),
                demand.recordBytes()));
        if (sizes.linger().compareTo(demand.linger()) > 0) {
            facts.add("the linger is raised, and with it the time to queryable; it was measured at 250 ms");
        }
        facts.add("reads, live streams and aggregates are not included");
        return facts;
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
