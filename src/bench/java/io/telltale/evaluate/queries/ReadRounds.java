package io.telltale.evaluate.queries;

import io.telltale.bench.BenchException;
import io.telltale.bench.ProcessorTime;
import io.telltale.local.LocalStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Rounds of range reads. Each reader waits for its response before it reads the next range. Every response is counted;
 * a wrong count fails the cell.
 */
final class ReadRounds {

    private static final long LONGEST_MICROS = 600_000_000;
    /** Of all readers in a round. */
    private static final int LEAST_READS = 5;

    private static final long OWN_PID = ProcessHandle.current().pid();

    private final LocalStack stack;
    private final RangeStore store;
    private final ReadCounter counter;
    private final Dataset dataset;
    private final List<Series> stored;
    private final long rangeMillis;
    private final Map<String, List<Double>> figures = new LinkedHashMap<>();

    /** What one reader did in a round. */
    private record Reads(Histogram micros, long readings) {}

    ReadRounds(LocalStack stack, RangeStore store, ReadCounter counter, Dataset dataset, long rangeMillis) {
        this.stack = stack;
        this.store = store;
        this.counter = counter;
        this.dataset = dataset;
        this.stored = dataset.ofSensor();
        this.rangeMillis = rangeMillis;
    }

    /** Reads without measuring, so that the servers compile what they run. */
    void warmUp(int readers, Duration length, long seed) throws Exception {
        run(readers, 0, length, seed);
    }

    /**
     * Reads in rounds.
     *
     * @param length of a round; it is longer if fewer than five ranges are read by then, or a reader has read none
     * @return figures with a value for each round; one more before them warms up
     */
    Map<String, Object> run(int readers, int rounds, Duration length, long seed) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(readers);
        try {
            for (int round = 0; round <= rounds; round++) {
                if (round <= 1) {
                    figures.clear();
                }
                measure(threads, readers, length, seed + round);
            }
            return new LinkedHashMap<>(figures);
        } finally {
            threads.shutdownNow();
        }
    }

    private void measure(ExecutorService threads, int readers, Duration length, long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        long coordinated = counter.count();
        ProcessorTime before = processorTime();
        Duration generatorBefore = ProcessorTime.of(OWN_PID);
        long begin = System.nanoTime();
        List<Callable<Reads>> work = new ArrayList<>();
        for (int reader = 0; reader < readers; reader++) {
            SplittableRandom own = random.split();
            work.add(() -> read(own, (LEAST_READS - 1) / readers + 1, begin + length.toNanos()));
        }
        Histogram micros = new Histogram(LONGEST_MICROS, 3);
        long readings = 0;
        for (Future<Reads> done : threads.invokeAll(work)) {
            Reads reads = result(done);
            micros.add(reads.micros());
            readings += reads.readings();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        ProcessorTime spent = processorTime().since(before);
        Duration generator = ProcessorTime.of(OWN_PID).minus(generatorBefore);
        long reads = micros.getTotalCount();
        add("readMedianMillis", micros.getValueAtPercentile(50) / 1_000.0);
        add("readP99Millis", micros.getValueAtPercentile(99) / 1_000.0);
        add("readsPerSecond", reads / seconds);
        add("readingsPerSecond", readings / seconds);
        add("clientMicrosPerReading", spent.per(readings).client());
        add("cassandraMicrosPerReading", spent.per(readings).cassandra());
        if (store.clientPid() != OWN_PID) {
            add("generatorMicrosPerReading", generator.toNanos() / 1_000.0 / readings);
        }
        add("requestsPerRead", (double) (counter.count() - coordinated) / reads);
        add("readingsPerRead", (double) readings / reads);
        add("readsCount", (double) reads);
    }

    private void add(String figure, double value) {
        figures.computeIfAbsent(figure, unknown -> new ArrayList<>()).add(value);
    }

    private Reads read(SplittableRandom random, int least, long endNanos) {
        Histogram micros = new Histogram(LONGEST_MICROS, 3);
        long readings = 0;
        while (micros.getTotalCount() < least || System.nanoTime() - endNanos < 0) {
            long from = dataset.randomStart(random, rangeMillis);
            long to = from + rangeMillis;
            long begin = System.nanoTime();
            long found = store.read(dataset.sensor(), from, to);
            micros.recordValue(Math.min(LONGEST_MICROS, TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin)));
            long expected =
                    stored.stream().mapToLong(series -> series.count(from, to)).sum();
            if (found != expected) {
                throw new BenchException("sensor %s has %d readings from %d to %d; expected %d"
                        .formatted(dataset.sensor(), found, from, to, expected));
            }
            readings += found;
        }
        return new Reads(micros, readings);
    }

    private static Reads result(Future<Reads> done) throws InterruptedException {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BenchException wrong
                    ? wrong
                    : new BenchException("a read failed", e.getCause());
        }
    }

    private ProcessorTime processorTime() {
        return ProcessorTime.of(
                store.clientPid(), stack.kafka().pid(), stack.cassandra().pid());
    }
}
