package io.telltale.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The network namespaces of a cluster, one per node, on a bridge in the root namespace. Needs Linux, root and
 * {@code ip}. No namespace has a default route, so traffic stays on the machine, and no packet finds a way around a
 * cut.
 *
 * <p>Names carry the process id of their owner. What a killed process left behind is removed by the next start.
 */
final class ClusterNamespaces implements AutoCloseable {

    /** In place of a node's number: the root namespace. */
    static final int CLIENTS = 0;

    private static final int CLIENTS_HOST = 254;

    /** Locally administered, and used by no interface. */
    private static final String NO_ONE = "02:00:00:00:00:01";

    private static final Pattern NAMESPACE = Pattern.compile("telltale-(\\d{1,18})-\\d+-\\d+");
    private static final Pattern LINK = Pattern.compile("tt(\\d{1,18})-\\d+(-\\d+)?");
    private static final AtomicInteger NEXT = new AtomicInteger(1);

    private final int cluster;
    private final int nodes;
    private final String subnet;

    private ClusterNamespaces(int cluster, int nodes, String subnet) {
        this.cluster = cluster;
        this.nodes = nodes;
        this.subnet = subnet;
    }

    /** Found out once: by creating and removing namespaces. */
    private static final class Availability {
        static final Optional<String> REASON = reason();

        private static Optional<String> reason() {
            if (!System.getProperty("os.name", "").equals("Linux")) {
                return Optional.of("network namespaces need Linux");
            }
            try (ClusterNamespaces trial = build(1)) {
                ip("netns", "exec", trial.namespace(1), "true");
                return Optional.empty();
            } catch (LocalStackException e) {
                return Optional.of("network namespaces need root and the command ip: " + e.getMessage());
            }
        }
    }

    static Optional<String> unavailable() {
        return Availability.REASON;
    }

    static ClusterNamespaces create(int nodes) {
        unavailable().ifPresent(reason -> {
            throw new LocalStackException(reason);
        });
        return build(nodes);
    }

    private static ClusterNamespaces build(int nodes) {
        removeLeftovers();
        int cluster = NEXT.getAndIncrement();
        ClusterNamespaces namespaces = new ClusterNamespaces(cluster, nodes, unusedSubnet(cluster));
        try {
            namespaces.addAll();
            return namespaces;
        } catch (LocalStackException e) {
            namespaces.close();
            throw e;
        }
    }

    String address(int number) {
        return subnet + "." + (number == CLIENTS ? CLIENTS_HOST : number);
    }

    /** What to write before a command that runs on a node. {@code ip} executes it, so the process id stays. */
    List<String> launcher(int number) {
        return List.of("ip", "netns", "exec", namespace(number));
    }

    /** Loses what one place sends to another, until the returned step runs. */
    Runnable lose(int from, int to) {
        neighbor(from, to, "replace", "lladdr", NO_ONE, "nud", "permanent");
        return () -> neighbor(from, to, "del");
    }

    /**
     * Removes everything, as far as it exists. Processes that still run in a namespace keep it alive until they end.
     */
    @Override
    public void close() {
        List<String> own =
                IntStream.rangeClosed(1, nodes).mapToObj(this::namespace).toList();
        remove(name -> name.equals(bridge()) || name.startsWith(bridge() + "-"), own::contains);
    }

    /** The owner's process id in the name of a namespace or a link of this class; empty for other names. */
    static Optional<Long> ownerOf(String name) {
        for (Pattern pattern : List.of(NAMESPACE, LINK)) {
            Matcher matcher = pattern.matcher(name);
            if (matcher.matches()) {
                return Optional.of(Long.parseLong(matcher.group(1)));
            }
        }
        return Optional.empty();
    }

    /** The namespaces and links that a process has, or left behind. */
    static List<String> ownedBy(long pid) {
        return Stream.concat(namespaces(), links())
                .filter(name -> ownerOf(name).filter(owner -> owner == pid).isPresent())
                .toList();
    }

    /** {@code 10.x.y} of a network that no address and no route of {@code inUse} names. */
    static String unusedSubnet(String inUse, long pid, int cluster) {
        for (int attempt = 0; attempt < 100; attempt++) {
            String candidate = "10.%d.%d".formatted(100 + (pid + attempt) % 100, cluster % 256);
            if (!inUse.contains(candidate + ".")) {
                return candidate;
            }
        }
        throw new LocalStackException(
                "no unused network among 10.100.%1$d.0 to 10.199.%1$d.0".formatted(cluster % 256));
    }

    private static String unusedSubnet(int cluster) {
        return unusedSubnet(ip("-4", "route", "show", "table", "all"), pid(), cluster);
    }

    private void addAll() {
        ip("link", "add", bridge(), "type", "bridge");
        ip("addr", "add", address(CLIENTS) + "/24", "dev", bridge());
        ip("link", "set", bridge(), "up");
        for (int number = 1; number <= nodes; number++) {
            String namespace = namespace(number);
            String port = bridge() + "-" + number;
            ip("netns", "add", namespace);
            ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace);
            ip("link", "set", port, "master", bridge(), "up");
            ip("-n", namespace, "addr", "add", address(number) + "/24", "dev", "eth0");
            ip("-n", namespace, "link", "set", "lo", "up");
            ip("-n", namespace, "link", "set", "eth0", "up");
        }
    }

    private void neighbor(int from, int to, String action, String... entry) {
        List<String> arguments = new ArrayList<>();
        if (from != CLIENTS) {
            arguments.addAll(List.of("-n", namespace(from)));
        }
        arguments.addAll(List.of("neigh", action, address(to), "dev", from == CLIENTS ? bridge() : "eth0"));
        arguments.addAll(List.of(entry));
        ip(arguments.toArray(String[]::new));
    }

    private static void removeLeftovers() {
        remove(ClusterNamespaces::isLeftOver, ClusterNamespaces::isLeftOver);
    }

    private static boolean isLeftOver(String name) {
        return ownerOf(name).filter(pid -> ProcessHandle.of(pid).isEmpty()).isPresent();
    }

    /** Links first: those of a removed namespace go some time after it, which would make the second step fail. */
    private static void remove(Predicate<String> links, Predicate<String> namespaces) {
        links().filter(links).forEach(name -> ip("link", "del", name));
        namespaces().filter(namespaces).forEach(name -> ip("netns", "del", name));
    }

    private static Stream<String> namespaces() {
        return firstWords(ip("netns", "list"));
    }

    private static Stream<String> links() {
        return firstWords(ip("-br", "link", "show"));
    }

    /** A link's name may be followed by {@code @} and its peer. */
    private static Stream<String> firstWords(String lines) {
        return lines.lines().map(line -> line.split("[\\s@]", 2)[0]);
    }

    private String namespace(int number) {
        return "telltale-%d-%d-%d".formatted(pid(), cluster, number);
    }

    /** An interface's name has at most 15 characters. */
    private String bridge() {
        return "tt%d-%d".formatted(pid(), cluster);
    }

    private static long pid() {
        return ProcessHandle.current().pid();
    }

    private static String ip(String... arguments) {
        List<String> line = new ArrayList<>(List.of("ip"));
        line.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new LocalStackException("%s failed: %s".formatted(String.join(" ", line), output.strip()));
            }
            return output;
        } catch (IOException e) {
            throw new LocalStackException("could not run ip", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while running ip", e);
        }
    }
}
