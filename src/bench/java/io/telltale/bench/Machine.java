package io.telltale.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Where and with what something was measured.
 *
 * @param cores that the JVM may use
 * @param memoryGib of the machine
 * @param processor its model
 * @param system its operating system
 * @param commit of the sources, with {@code +} if there were changes on top
 * @param time when the run began
 * @param versions of what was measured, by name
 */
public record Machine(
        int cores,
        long memoryGib,
        String processor,
        String system,
        String commit,
        String time,
        Map<String, String> versions) {

    private static final String UNKNOWN = "unknown";

    public Machine {
        versions = new LinkedHashMap<>(versions);
    }

    public static Machine here(Clock clock) {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("Java", System.getProperty("java.vm.version", UNKNOWN));
        versions.put("Kafka", System.getProperty("local.kafka.version", UNKNOWN));
        versions.put("Cassandra", System.getProperty("local.cassandra.version", UNKNOWN));
        versions.put("Cassandra driver", System.getProperty("bench.java-driver.version", UNKNOWN));
        versions.put("Quarkus", System.getProperty("bench.quarkus.platform.version", UNKNOWN));
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                Math.round(kibibytes("/proc/meminfo", "MemTotal") / 1_048_576.0),
                value("/proc/cpuinfo", "model name"),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                commitHere(),
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString(),
                versions);
    }

    private static double kibibytes(String file, String name) {
        String value = value(file, name).replaceAll("[^0-9]", "");
        return value.isEmpty() ? 0 : Double.parseDouble(value);
    }

    private static String value(String file, String name) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static String commitHere() {
        String commit = git("rev-parse", "--short=12", "HEAD");
        // What a run writes itself is no change of what it measured.
        return git("status", "--porcelain", "--", ".", ":!docs/performance", ":!docs/evaluation")
                        .isEmpty()
                ? commit
                : commit + "+";
    }

    private static String git(String... arguments) {
        try {
            Process process = new ProcessBuilder(Stream.concat(Stream.of("git"), Stream.of(arguments))
                            .toList())
                    .directory(Project.directory().toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0 ? said : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
