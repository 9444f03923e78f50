package io.telltale.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Runs Jazzer on fuzz targets, one after another, each in a JVM of its own. Arguments: the seconds of each target, and
 * the name of one target or {@code all}. Exit code 1 if an input breaks an invariant, exhausts the memory or takes too
 * long.
 */
public final class FuzzProgram {

    private static final String ALL = "all";
    private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";

    private static final Pattern JARS = Pattern.compile("/(jazzer|jackson)-[^/]*[.]jar$");

    /** Beyond the time of a target: the start of a JVM and the inputs of the corpus, on a busy machine. */
    private static final int SPARE_SECONDS = 300;

    /** The first input also loads and instruments the classes. */
    private static final int MAX_SECONDS_OF_AN_INPUT = 60;

    private FuzzProgram() {}

    /** Runs the program. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int seconds = Integer.parseInt(arguments[0]);
        List<String> failed = new ArrayList<>();
        for (FuzzTarget target : targets(arguments[1])) {
            if (!isClean(target, seconds)) {
                failed.add(target.targetName());
            }
        }
        System.out.println(
                failed.isEmpty()
                        ? "fuzz: no findings"
                        : "fuzz: findings in %s; each input is in target/fuzz/<target>/, with the name crash-…, oom-… or"
                                        .formatted(String.join(", ", failed))
                                + " timeout-…; docs/testing.md says what to do with it");
        System.exit(failed.isEmpty() ? 0 : 1);
    }

    private static List<FuzzTarget> targets(String name) {
        return name.equals(ALL)
                ? List.of(FuzzTarget.values())
                : List.of(FuzzTarget.named(name)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "target '%s' is not known; expected %s or %s".formatted(name, ALL, names()))));
    }

    private static List<String> names() {
        return List.of(FuzzTarget.values()).stream().map(FuzzTarget::targetName).toList();
    }

    private static boolean isClean(FuzzTarget target, int seconds) throws IOException, InterruptedException {
        Path directory = Path.of("target/fuzz").resolve(target.targetName());
        Path found = Files.createDirectories(directory.resolve("corpus"));
        Path log = directory.resolve("log");
        Process jazzer = new ProcessBuilder(command(target, seconds, directory, found))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Thread end = new Thread(jazzer::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(end);
        boolean hasEnded = jazzer.waitFor(seconds + SPARE_SECONDS, TimeUnit.SECONDS);
        if (!hasEnded) {
            jazzer.destroyForcibly().waitFor();
        }
        Runtime.getRuntime().removeShutdownHook(end);
        boolean isClean = hasEnded && jazzer.exitValue() == 0;
        System.out.printf(
                "fuzz: target=%s %s, %s, log=%s%n", target.targetName(), isClean ? "clean" : "FAILED", runs(log), log);
        return isClean;
    }

    private static List<String> command(FuzzTarget target, int seconds, Path directory, Path found) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // A target that needs more memory for an input of a few kilobytes is not bounded.
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-Djdk.attach.allowAttachSelf=true",
                "-cp",
                classPath(),
                JAZZER,
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=io.telltale.**",
                "--custom_hook_includes=io.telltale.**",
                "--reproducer_path=" + directory,
                "-artifact_prefix=" + directory + "/",
                "-max_total_time=" + seconds,
                "-max_len=4096",
                "-timeout=" + MAX_SECONDS_OF_AN_INPUT,
                "-rss_limit_mb=1500",
                "-print_final_stats=1",
                found.toString(),
                target.corpus().toString());
    }

    /**
     * The classes of the project and what the targets use. Jazzer reads all manifests again for each of its options,
     * and would load the extensions of JUnit.
     */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> JARS.matcher(entry).find() || Files.isDirectory(Path.of(entry)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** How much was tried, by the log: {@code 123456 runs}. */
    private static String runs(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.startsWith("stat::number_of_executed_units:"))
                .map(line ->
                        line.substring(line.indexOf(':', "stat::".length()) + 1).strip() + " runs")
                .findFirst()
                .orElse("no statistics");
    }
}
