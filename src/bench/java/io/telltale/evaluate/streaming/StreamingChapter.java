package io.telltale.evaluate.streaming;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Chapter;
import io.telltale.evaluate.Environment;
import io.telltale.evaluate.Measured;
import io.telltale.evaluate.Result;
import io.telltale.local.LocalStack;
import io.telltale.local.StackOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/** How long a reading takes from Kafka to Cassandra, to a query and to a live event, also when something fails. */
public final class StreamingChapter implements Chapter {

    static final List<Integer> SHARES = List.of(25, 50, 75, 100);
    static final List<Integer> PARTITIONS = List.of(1, 12, 48);
    static final List<Integer> REPLICAS = List.of(1, 2, 3);
    /** Of the cells on partitions and replicas. */
    static final int FIXED_PER_SECOND = 4_000;

    static final String CAPACITY = "streaming-capacity";

    /** Longer than the session timeout of 10 s, after which partitions of a dead replica are reassigned. */
    private static final Duration REASSIGNED = Duration.ofSeconds(12);

    /** Of several rounds. */
    private static final Duration FULL_FAULT = Duration.ofMinutes(3);

    private final SaturatedRate capacity = new SaturatedRate();

    @Override
    public String name() {
        return "streaming";
    }

    @Override
    public String question() {
        return "How long does a reading take from Kafka to stored, to queryable and to a live event, and what happens to"
                + " it when a broker or a replica of the service fails?";
    }

    @Override
    public String method() {
        return """
                **Servers.** The packaged service runs in a JVM of its own, on one broker and one Cassandra node
                (`commitlog_sync: group`), with its default settings and a heap of 512 MB.

                **Load.** *Capacity* is the rate at which one replica stores what the load generator sends without a
                pause; it is measured once for each start of the servers. %,d sensors then send in turn at a share of
                it, on time by the clock, whether the service keeps up or not. They send to Kafka through a producer
                with a linger of 25 ms, which is part of *queryable* for no reading and of *event* for each.

                **Stored** is the time from the record time to Cassandra's acknowledgment, interpolated between the
                bounds of the service's own histogram.

                **Queryable** is the time from when a reading was due until a client that asks for the newest reading of
                one sensor receives it. That sensor sends every 50 ms, after the other figures were taken: 50 readings
                in a round of the quick form, so p99 is the slowest. One that is not returned within 10 s after its
                round counts with the time that it has waited. *Behind* is what was due and is not stored before these
                queries.

                **Event** is the time from when a reading was due until a subscriber of %d sensors receives it by
                server-sent events; its clock counts milliseconds.

                **Rounds.** Three; tables give the median, and the least and the most in parentheses; error bars are
                half the distance of these.

                **Faults** happen under %,d readings per second of %d sensors, in one round of the quick form and three
                of the full form, with replicas that have 256 MB and a JVM that starts fast. A broker is killed among
                three. One subscriber is connected to the replica that fails, another one elsewhere; a subscriber that
                hears nothing for 3 s resumes on the next replica.

                **Lag** is what Kafka has acknowledged and the consumer group has not committed, sampled every 250 ms;
                the service commits every second. It is *normal* again from the moment on which it stays within 1.5
                times the most of the 4 s before the fault, while the load lasts.

                **Checks.** In the end, a complete range read of each sensor is compared with the ledger of what Kafka
                acknowledged.""".formatted(LoadCell.SENSORS, LoadCell.WATCHED, FaultCell.PER_SECOND, FaultCell.SENSORS);
    }

    @Override
    public List<Cell> cells() {
        Environment<LocalStack> stack = new Environment<>(
                "load-stack", LocalStack.class, () -> LocalStack.start(StackOptions.forLoad(message -> {})));
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.on(stack, CAPACITY, this::measureCapacity)
                .quickIf(true)
                .with("sensors", LoadCell.SENSORS)
                .with("partitions", LoadCell.PARTITIONS)
                .lasting(Duration.ofSeconds(60)));
        for (int share : SHARES) {
            cells.add(load(
                            stack,
                            "load-" + share,
                            (servers, run) -> share * capacityOf(servers, run) / 100,
                            LoadCell.PARTITIONS,
                            1)
                    .quickIf(share == 25 || share == 75)
                    .with("sharePercent", share)
                    // Behind, each round of queries waits for its last reading up to 10 s more.
                    .lasting(Duration.ofSeconds(share > 50 ? 90 : 45)));
        }
        for (int partitions : PARTITIONS) {
            cells.add(load(stack, "partitions-" + partitions, (servers, run) -> FIXED_PER_SECOND, partitions, 1)
                    .quickIf(partitions == 1 || partitions == 48)
                    .with("readingsPerSecond", FIXED_PER_SECOND));
        }
        for (int replicas : REPLICAS) {
            cells.add(load(
                            stack,
                            "replicas-" + replicas,
                            (servers, run) -> FIXED_PER_SECOND,
                            LoadCell.PARTITIONS,
                            replicas)
                    .with("readingsPerSecond", FIXED_PER_SECOND));
        }
        cells.addAll(faults(stack));
        return cells;
    }

    private double capacityOf(LocalStack stack, CellRun run) {
        return Summary.of(capacity.readingsPerSecond(stack, run)).median();
    }

    private Measured measureCapacity(LocalStack stack, CellRun run) {
        return Measured.of(Map.of("capacityReadingsPerSecond", capacity.readingsPerSecond(stack, run)));
    }

    private static Cell load(
            Environment<LocalStack> stack,
            String purpose,
            ToDoubleBiFunction<LocalStack, CellRun> rate,
            int partitions,
            int replicas) {
        LoadCell cell = new LoadCell("streaming-" + purpose, rate, partitions, replicas);
        return Cell.on(stack, cell.name(), cell::run)
                .with("sensors", LoadCell.SENSORS)
                .with("partitions", partitions)
                .with("replicas", replicas)
                .lasting(Duration.ofSeconds(45));
    }

    private static List<Cell> faults(Environment<LocalStack> stack) {
        FaultCell<OneBroker> killed = new FaultCell<>(
                "streaming-replica-killed",
                2,
                REASSIGNED,
                (servers, replicas) -> replicas.replica(0).kill(),
                null);
        FaultCell<OneBroker> frozen = new FaultCell<>(
                "streaming-replica-frozen",
                2,
                REASSIGNED,
                (servers, replicas) -> replicas.replica(0).pause(),
                (servers, replicas) -> replicas.replica(0).resume());
        FaultCell<OneBroker> added = new FaultCell<>(
                "streaming-replica-added", 1, Duration.ofSeconds(5), (servers, replicas) -> replicas.add(), null);
        FaultCell<ThreeBrokers> broker = new FaultCell<>(
                "streaming-broker-killed",
                1,
                Duration.ofSeconds(20),
                (servers, replicas) -> servers.killCoordinatorOf(replicas.group()),
                (servers, replicas) -> servers.restartBrokers());
        Environment<ThreeBrokers> brokers = new Environment<>("three-brokers", ThreeBrokers.class, ThreeBrokers::start);
        return List.of(
                fault(onOneBroker(stack, killed), killed, "one of two replicas is killed (SIGKILL)")
                        .quickIf(true),
                fault(
                                onOneBroker(stack, frozen),
                                frozen,
                                "one of two replicas is frozen (SIGSTOP) for %d s, longer than its session timeout"
                                        .formatted(REASSIGNED.toSeconds()))
                        .quickIf(true),
                fault(onOneBroker(stack, added), added, "a second replica is added")
                        .lasting(FULL_FAULT),
                fault(
                                Cell.on(brokers, broker.name(), broker::run),
                                broker,
                                "the broker of three that coordinates the group is killed (SIGKILL) and restarted after %d s"
                                        .formatted(broker.lasting().toSeconds()))
                        .lasting(FULL_FAULT));
    }

    private static Cell onOneBroker(Environment<LocalStack> stack, FaultCell<OneBroker> cell) {
        return Cell.on(stack, cell.name(), (servers, run) -> cell.run(new OneBroker(servers), run));
    }

    private static Cell fault(Cell cell, FaultCell<?> fault, String description) {
        return cell.withFault(description)
                .with("sensors", FaultCell.SENSORS)
                .with("partitions", FaultCell.PARTITIONS)
                .with("replicas", fault.replicas())
                .with("readingsPerSecond", FaultCell.PER_SECOND)
                .with("faultSeconds", fault.lasting().toSeconds())
                .promisesSafetyIf(true)
                .lasting(Duration.ofSeconds(55));
    }

    @Override
    public List<String> conclusions(List<Result> results) {
        return new StreamingConclusions(results).sentences();
    }

    @Override
    public void report(List<Result> results, Page page, Path directory) {
        new StreamingReport(results, directory).append(page);
    }
}
