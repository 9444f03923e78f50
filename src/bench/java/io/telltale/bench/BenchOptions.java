package io.telltale.bench;

import io.telltale.store.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What {@code mvn -Pbench} is asked for.
 *
 * @param workloads what to run, {@code -Dbench=}
 * @param isFull whether ingest may take an hour, {@code -Dfull}; ten minutes otherwise
 * @param peers who is measured, {@code -Dpeers=}
 * @param sensors how many sensors there are, a size each, {@code -Dsensors=}
 * @param readingsInARow how many readings of a sensor follow each other in a backlog, a size each, {@code -Db=}
 * @param records of a backlog, at least, {@code -Drecords=}
 * @param rounds how often each contestant drains each backlog, {@code -Drounds=}
 * @param warmUp how long a contestant works before it is measured, {@code -Dwarm-up=}, in seconds
 * @param perSecond how many readings each fleet of {@code uc1} sends in a second, {@code -Dper-second=}; 0 for one a
 *     sensor
 * @param replicas how many services share {@code uc1} and {@code sweep}, a size each, {@code -Dreplicas=}
 * @param swept the settings that the sweep joins with each other, and the fleets it takes
 * @param subscribers how many watch at once in {@code fan-out}, a size each, {@code -Dsubscribers=}
 * @param isNative whether the service is its native executable, {@code -Dtelltale.native}
 * @param telltaleJvm added to the options of the service's JVM, {@code -Dtelltale.jvm=}
 * @param before the jar of {@link Peer#BEFORE}, {@code -Dbefore=}; empty without
 * @param python the interpreter of the Python peer, {@code -Dpython=}
 * @param output where the results go, from the project's directory, {@code -Doutput=}
 * @param command that asks for all this
 */
record BenchOptions(
        Set<Workload> workloads,
        boolean isFull,
        List<Peer> peers,
        List<Integer> sensors,
        List<Integer> readingsInARow,
        int records,
        int rounds,
        Duration warmUp,
        int perSecond,
        List<Integer> replicas,
        Swept swept,
        List<Integer> subscribers,
        boolean isNative,
        List<String> telltaleJvm,
        String before,
        String python,
        String output,
        String command) {

    /** What is measured. */
    enum Workload {
        DRAIN,
        UC1,
        SWEEP,
        MICRO,
        RANGE,
        EXPORT,
        HISTORY,
        DASHBOARD,
        TPCX_SHAPED,
        FAN_OUT,
        STARTUP,
        SECURED;

        private static final Set<Workload> INGEST = EnumSet.of(DRAIN, UC1, MICRO);
        private static final Set<Workload> QUERY = EnumSet.of(RANGE, EXPORT, HISTORY, DASHBOARD, TPCX_SHAPED);

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Whether it is about what is stored, and not about what is read or watched. */
        boolean isOfIngest() {
            return INGEST.contains(this);
        }

        boolean isOfQuery() {
            return QUERY.contains(this);
        }

        /** Whether it needs servers that others use as well. */
        boolean needsServers() {
            return this != MICRO && this != STARTUP && this != SECURED;
        }
    }

    /**
     * What the sweep goes through, each with each.
     *
     * @param sensors {@code -Dsensors=}
     * @param shards {@code -Dshards=}
     * @param lingerMillis {@code -Dlinger=}, in milliseconds
     * @param perSecond how many readings a fleet sends in a second at most, {@code -Dper-second=}: one a sensor, or
     *     these, from each in turn
     */
    record Swept(List<Integer> sensors, List<Integer> shards, List<Integer> lingerMillis, int perSecond) {

        Swept {
            sensors = List.copyOf(sensors);
            shards = List.copyOf(shards);
            lingerMillis = List.copyOf(lingerMillis);
        }
    }

    private static final List<String> OPTIONS = List.of(
            "bench",
            "full",
            "peers",
            "before",
            "sensors",
            "b",
            "records",
            "rounds",
            "warm-up",
            "replicas",
            "shards",
            "linger",
            "per-second",
            "subscribers",
            "telltale.native",
            "telltale.jvm");

    private static final Set<String> FLAGS = Set.of("full", "telltale.native");

    private static final long SEED = 20_260_101;
    private static final int MAX_SENSORS = 1_000_000;
    private static final int MAX_PER_SECOND = 1_000_000;
    /** As many as nginx is told to expect. */
    private static final int MAX_SUBSCRIBERS = 10_000;

    private static final Duration ROUND_LIMIT = Duration.ofSeconds(12);
    private static final Duration BOUNDED_ROUND = Duration.ofSeconds(5);
    private static final Duration SHORT_BOUNDED_ROUND = Duration.ofSeconds(3);
    private static final Duration BOUNDED_WARM_UP = Duration.ofSeconds(20);
    private static final int MAX_LINGER_MILLIS = 60_000;
    private static final String WHOLE = "a whole number from %d to %d";

    BenchOptions {
        workloads = Set.copyOf(workloads);
        peers = List.copyOf(peers);
        sensors = List.copyOf(sensors);
        readingsInARow = List.copyOf(readingsInARow);
        replicas = List.copyOf(replicas);
        subscribers = List.copyOf(subscribers);
        telltaleJvm = List.copyOf(telltaleJvm);
        if (peers.contains(Peer.BEFORE) && !Files.isRegularFile(Path.of(before))) {
            throw wrong("peers", "before", "also -Dbefore=FILE, the quarkus-run.jar of another version");
        }
        int fewest = Collections.min(sensors);
        if (workloads.contains(Workload.UC1) && perSecond > 1_000 * fewest) {
            throw wrong(
                    "per-second",
                    Integer.toString(perSecond),
                    "at most a reading a millisecond from each of %d sensors".formatted(fewest));
        }
    }

    /**
     * Reads the options.
     *
     * @param properties the value of a property, null if it is not given
     * @throws IllegalArgumentException if a value is none; the message names option, value and what was expected
     */
    static BenchOptions from(UnaryOperator<@Nullable String> properties) {
        boolean isFull = flag("full", properties.apply("full"));
        return new BenchOptions(
                workloads(properties.apply("bench")),
                isFull,
                list("peers", properties.apply("peers"), Peer.usual(), Peer::of, "some of " + Peer.labels()),
                numbers("sensors", properties, isFull ? List.of(1_000, 10_000, 100_000) : List.of(10_000), MAX_SENSORS),
                numbers("b", properties, List.of(1, 50), 1_000),
                number("records", properties, isFull ? 500_000 : 300_000, 1, 50_000_000),
                number("rounds", properties, isFull ? 5 : 1, 1, 100),
                Duration.ofSeconds(number("warm-up", properties, isFull ? 65 : 5, 1, 3_600)),
                number("per-second", properties, 0, 1, MAX_PER_SECOND),
                numbers("replicas", properties, List.of(1), 5),
                swept(isFull, properties),
                numbers(
                        "subscribers",
                        properties,
                        isFull ? List.of(1_000, 5_000, 10_000) : List.of(1_000),
                        MAX_SUBSCRIBERS),
                flag("telltale.native", properties.apply("telltale.native")),
                words(properties.apply("telltale.jvm")),
                text(properties.apply("before"), ""),
                text(properties.apply("python"), "/usr/bin/python3"),
                text(properties.apply("output"), "docs/performance"),
                new CommandLine("mvn -Pbench", OPTIONS, FLAGS).with(properties));
    }

    private static Swept swept(boolean isFull, UnaryOperator<@Nullable String> properties) {
        return new Swept(
                numbers(
                        "sensors",
                        properties,
                        isFull ? List.of(200, 10_000, 100_000) : List.of(200, 10_000),
                        MAX_SENSORS),
                numbers(
                        "shards",
                        properties,
                        isFull ? List.of(4, 16, 64, 256) : List.of(16, 64),
                        Layout.Version.MAX_SHARDS),
                numbers(
                        "linger",
                        properties,
                        isFull ? List.of(50, 100, 250, 500, 1_000) : List.of(100, 250),
                        MAX_LINGER_MILLIS),
                number("per-second", properties, 10_000, 1, MAX_PER_SECOND));
    }

    /** Those of {@code uc1}. */
    List<Fleet> fleets() {
        return sensors.stream()
                .map(number -> perSecond > 0 ? new Fleet(number, perSecond) : Fleet.ofOneReadingASecond(number))
                .toList();
    }

    long seed() {
        return SEED;
    }

    /** The service among the contestants, with and without security. */
    List<Peer> services() {
        return peers.stream()
                .filter(peer -> peer == Peer.TELLTALE || peer == Peer.SECURED)
                .toList();
    }

    /** The same, and with sealed values: only what is stored is sealed. */
    List<Peer> storingServices() {
        return peers.stream()
                .filter(peer -> peer == Peer.TELLTALE || peer == Peer.SECURED || peer == Peer.TELLTALE_SEALED)
                .toList();
    }

    /** The same for the workloads within {@code secured}, with the service as the only contestant. */
    BenchOptions ofSecured() {
        return new BenchOptions(
                EnumSet.of(Workload.DRAIN, Workload.RANGE, Workload.FAN_OUT),
                isFull,
                List.of(Peer.TELLTALE, Peer.SECURED),
                sensors,
                readingsInARow,
                records,
                rounds,
                warmUp,
                perSecond,
                replicas,
                swept,
                subscribers,
                isNative,
                telltaleJvm,
                before,
                python,
                output,
                command);
    }

    /**
     * Those that take several to hundreds of times as long as the others are measured once and for a while, not to the
     * end: of such a ratio it matters little what it varies by, and they would have most of the hour.
     */
    boolean isBounded(Peer peer) {
        return peer == Peer.CONNECT || peer == Peer.OBVIOUS || peer == Peer.PYTHON;
    }

    int rounds(Peer peer) {
        return isBounded(peer) ? 1 : rounds;
    }

    /** Whether contestants work for long enough for figures to be quoted: a cold JVM is several times slower. */
    boolean isWarm() {
        return warmUp.compareTo(Duration.ofMinutes(1)) > 0;
    }

    /** Those that are slow anyway are not warmed up for figures that are not to be quoted. */
    Duration warmUp(Peer peer) {
        if (isBounded(peer)) {
            return isWarm() ? BOUNDED_WARM_UP : Duration.ZERO;
        }
        return warmUp;
    }

    /** A round ends with the backlog, or after this. */
    Duration roundLimit(Peer peer) {
        if (!isBounded(peer)) {
            return ROUND_LIMIT;
        }
        return isFull ? BOUNDED_ROUND : SHORT_BOUNDED_ROUND;
    }

    /** How long the servers of a round may stay busy before it begins all the same. */
    Duration quietLimit() {
        return Duration.ofSeconds(isFull ? 15 : 2);
    }

    /** For how long queries are asked while a steady load comes in. */
    Duration askedLength() {
        return Duration.ofSeconds(isFull ? 60 : 25);
    }

    /** For how long a steady load is measured. */
    Duration steadyLength() {
        return Duration.ofSeconds(isFull ? 20 : 5);
    }

    private static Set<Workload> workloads(@Nullable String value) {
        if (value == null || value.equals("ingest")) {
            return EnumSet.copyOf(Workload.INGEST);
        }
        if (value.equals("all")) {
            return EnumSet.complementOf(EnumSet.of(Workload.SWEEP, Workload.STARTUP, Workload.SECURED));
        }
        if (value.equals("query")) {
            return EnumSet.copyOf(Workload.QUERY);
        }
        String labels = Arrays.stream(Workload.values()).map(Workload::label).collect(Collectors.joining(", "));
        List<Workload> some =
                list("bench", value, List.of(), BenchOptions::workload, "all, ingest, query, or some of " + labels);
        return EnumSet.copyOf(some);
    }

    private static Workload workload(String label) {
        return Arrays.stream(Workload.values())
                .filter(workload -> workload.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(label));
    }

    private static List<Integer> numbers(
            String option, UnaryOperator<@Nullable String> properties, List<Integer> otherwise, int most) {
        return list(
                option,
                properties.apply(option),
                otherwise,
                each -> within(Integer.parseInt(each), 1, most),
                "one or more whole numbers from 1 to %d, with commas between".formatted(most));
    }

    private static int number(
            String option, UnaryOperator<@Nullable String> properties, int otherwise, int least, int most) {
        String value = properties.apply(option);
        if (value == null) {
            return otherwise;
        }
        try {
            return within(Integer.parseInt(value), least, most);
        } catch (IllegalArgumentException e) {
            throw wrong(option, value, WHOLE.formatted(least, most));
        }
    }

    private static int within(int number, int least, int most) {
        if (number < least || number > most) {
            throw new IllegalArgumentException(Integer.toString(number));
        }
        return number;
    }

    private static <T> List<T> list(
            String option, @Nullable String value, List<T> otherwise, Function<String, T> parse, String expected) {
        if (value == null) {
            return otherwise;
        }
        try {
            return Arrays.stream(value.split(",", -1)).map(parse).distinct().toList();
        } catch (IllegalArgumentException e) {
            throw wrong(option, value, expected);
        }
    }

    private static boolean flag(String option, @Nullable String value) {
        if (value == null || value.equals("false")) {
            return false;
        }
        if (value.isEmpty() || value.equals("true")) {
            return true;
        }
        throw wrong(option, value, "nothing after -D%s, or true or false".formatted(option));
    }

    private static List<String> words(@Nullable String value) {
        return value == null || value.isBlank()
                ? List.of()
                : List.of(value.strip().split("\\s+", -1));
    }

    private static String text(@Nullable String value, String otherwise) {
        return value == null || value.isBlank() ? otherwise : value;
    }

    private static IllegalArgumentException wrong(String option, String value, String expected) {
        return new IllegalArgumentException("-D%s=%s: expected %s".formatted(option, value, expected));
    }
}
