package io.telltale.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.local.ProgramProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs {@link MicroBenchmarks}, {@link CodecBenchmarks}, {@link SegmentBenchmarks} and {@link SealingBenchmarks} with
 * JMH in a separate JVM.
 */
final class MicroWorkload {

    private static final Duration LIMIT = Duration.ofMinutes(20);

    private final BenchOptions options;
    private final Narrator narrator;

    MicroWorkload(BenchOptions options, Narrator narrator) {
        this.options = options;
        this.narrator = narrator;
    }

    List<MicroResult> run() {
        narrator.say("micro: JMH");
        Path directory = Project.directory().resolve("target/bench/micro");
        Path json = directory.resolve("jmh.json");
        try {
            Files.createDirectories(directory);
            Files.deleteIfExists(json);
        } catch (IOException e) {
            throw new BenchException("could not make room in " + directory, e);
        }
        try (ProgramProcess jmh = ProgramProcess.ofClass(
                "JMH", "org.openjdk.jmh.Main", List.of(), arguments(json), directory.resolve("jmh.log"))) {
            jmh.awaitEnd(LIMIT);
        }
        List<MicroResult> results = read(json);
        results.forEach(result -> narrator.say(
                "%s: %.1f ns ± %.1f, %.0f bytes",
                result.name(), result.nanos(), result.error(), result.bytesPerCall()));
        return results;
    }

    private List<String> arguments(Path json) {
        String iterations = options.isFull() ? "6" : "2";
        return List.of(
                Stream.of(
                                MicroBenchmarks.class,
                                CodecBenchmarks.class,
                                SegmentBenchmarks.class,
                                SealingBenchmarks.class)
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining("|")),
                "-f",
                "1",
                "-wi",
                iterations,
                "-i",
                iterations,
                "-w",
                "1s",
                "-r",
                "1s",
                "-prof",
                "gc",
                "-rf",
                "json",
                "-rff",
                json.toString());
    }

    private static List<MicroResult> read(Path json) {
        List<MicroResult> results = new ArrayList<>();
        try {
            for (JsonNode benchmark : new ObjectMapper().readTree(json.toFile())) {
                String name = benchmark.path("benchmark").asText();
                String series = benchmark.path("params").path("series").asText();
                JsonNode primary = benchmark.path("primaryMetric");
                results.add(new MicroResult(
                        (name.substring(name.lastIndexOf('.') + 1) + " " + series).strip(),
                        primary.path("score").asDouble(),
                        primary.path("scoreError").asDouble(),
                        benchmark
                                .path("secondaryMetrics")
                                .path("gc.alloc.rate.norm")
                                .path("score")
                                .asDouble()));
            }
        } catch (IOException e) {
            throw new BenchException("JMH left no results in " + json, e);
        }
        if (results.isEmpty()) {
            throw new BenchException("JMH found no benchmarks");
        }
        return results;
    }
}
