package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.bench.BenchOptions.Swept;
import io.telltale.bench.BenchOptions.Workload;
import io.telltale.bench.LoadRun.Latency;
import io.telltale.local.LocalStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * After Theodolite's UC1: sensors send at a steady rate, one reading a second from each if nothing else is asked for,
 * and readings are stored as they come. {@code uc1} takes fleets of several sizes, {@code sweep} the settings of the
 * service; there, sensors of a fleet too large for the machine send less often.
 */
final class SteadyWorkload {

    private static final int DEFAULT_LINGER_MILLIS = 250;
    private static final int DEFAULT_SHARDS = 64;
    private static final Duration MEMBERS_LIMIT = Duration.ofSeconds(90);
    private static final Duration CATCH_UP_LIMIT = Duration.ofMinutes(1);
    /**
     * Registering a sensor is a compare-and-set: some 280 to 490 a second on one node with the commit log in groups.
     */
    private static final int REGISTERED_PER_SECOND = 200;

    /** After which time it shows whether somebody who is behind catches up. */
    private static final Duration TREND_AFTER = Duration.ofSeconds(10);

    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final LocalStack stack;
    private final CqlSession session;
    private final Contestants contestants;
    private final BenchOptions options;
    private final Narrator narrator;
    private int runs;

    /** What is to be run. */
    private record Load(
            Workload workload, Peer peer, Fleet fleet, int lingerMillis, int shards, int replicas, boolean isProbed) {}

    SteadyWorkload(
            LocalStack stack, CqlSession session, Contestants contestants, BenchOptions options, Narrator narrator) {
        this.stack = stack;
        this.session = session;
        this.contestants = contestants;
        this.options = options;
        this.narrator = narrator;
    }

    /** Each fleet through the service and, where that keeps up, through the raw loop and the service with segments. */
    List<LoadRun> uc1(List<Fleet> fleets) {
        List<LoadRun> runs = new ArrayList<>();
        for (Fleet fleet : fleets) {
            boolean withService = contestants.available().contains(Peer.TELLTALE);
            boolean keepsUp = !withService;
            if (withService) {
                for (int replicas : options.replicas()) {
                    LoadRun run = run(uc1(Peer.TELLTALE, fleet, replicas));
                    runs.add(run);
                    keepsUp |= run.keptUp();
                }
            }
            // How much more than everything another would need is said by drain.
            for (Peer peer : List.of(Peer.RAW, Peer.SEGMENTS)) {
                if (keepsUp && contestants.available().contains(peer)) {
                    runs.add(run(uc1(peer, fleet, 1)));
                }
            }
        }
        return runs;
    }

    /** A fleet through one service alone. */
    LoadRun halfLoad(Fleet fleet) {
        return run(uc1(Peer.TELLTALE, fleet, 1));
    }

    private static Load uc1(Peer peer, Fleet fleet, int replicas) {
        return new Load(
                Workload.UC1, peer, fleet, DEFAULT_LINGER_MILLIS, DEFAULT_SHARDS, replicas, peer == Peer.TELLTALE);
    }

    /** How linger, shards and replicas meet fleets of several sizes. */
    List<LoadRun> sweep() {
        List<LoadRun> runs = new ArrayList<>();
        Swept swept = options.swept();
        for (int sensors : swept.sensors()) {
            for (int replicas : options.replicas()) {
                for (int shards : swept.shards()) {
                    for (int linger : swept.lingerMillis()) {
                        runs.add(run(new Load(
                                Workload.SWEEP,
                                Peer.TELLTALE,
                                new Fleet(sensors, Math.min(sensors, swept.perSecond())),
                                linger,
                                shards,
                                replicas,
                                false)));
                    }
                }
            }
        }
        return runs;
    }

    private LoadRun run(Load load) {
        String topic = "sensors.%s-%d".formatted(load.workload().label(), ++runs);
        stack.kafka().createTopic(topic, BacklogTopic.PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        Rig rig = Rig.of(load.peer(), topic);
        if (!load.peer().isTelltale()) {
            load.peer().storedAs().create(session, rig.keyspace());
        }
        List<Contestant> running = new ArrayList<>();
        try (ConsumerGroup group = new ConsumerGroup(stack.kafka(), rig.group(), topic)) {
            for (int i = 0; i < load.replicas(); i++) {
                running.add(contestant(load, rig, i));
                running.get(i).start();
            }
            group.awaitMembers(MEMBERS_LIMIT);
            LoadRun run = measure(load, rig, running);
            narrator.say("%s", inWords(run));
            return run;
        } finally {
            running.forEach(Contestant::close);
            session.execute("DROP KEYSPACE IF EXISTS " + rig.keyspace());
        }
    }

    private Contestant contestant(Load load, Rig rig, int number) {
        return load.peer() == Peer.TELLTALE
                ? contestants.telltale(
                        rig,
                        "replica-" + number,
                        Map.of(
                                "telltale.ingest.linger",
                                load.lingerMillis() + "ms",
                                "telltale.storage.shards",
                                Integer.toString(load.shards())))
                : contestants.of(load.peer(), rig);
    }

    private LoadRun measure(Load load, Rig rig, List<Contestant> running) {
        @Nullable QueryableProbe probe = load.isProbed() ? probe(rig, (TelltaleContestant) running.get(0)) : null;
        try (SteadyLoad sending =
                SteadyLoad.of(stack.kafka().bootstrapServers(), rig.topic(), load.fleet(), options.seed(), 0)) {
            sending.introduce();
            awaitRegistered(load, running);
            sending.begin();
            int warmUpProbes = warmUp(probe);
            awaitNotBehind(load, running, () -> sending.acknowledged() + warmUpProbes);

            @Nullable ServiceMetrics metricsBefore = metrics(running);
            Written writtenBefore = written(running);
            ProcessorTime processorBefore = processorTime(running);
            long sentBefore = sending.acknowledged();
            long begin = System.nanoTime();
            letRun(options.steadyLength());
            double seconds = (System.nanoTime() - begin) / 1e9;
            Written written = written(running).since(writtenBefore);
            ProcessorTime used = processorTime(running).since(processorBefore);
            long sent = sending.acknowledged() - sentBefore;
            @Nullable ServiceMetrics metricsAfter = metrics(running);

            // Afterwards, since the questions of the probe cost the service something too.
            @Nullable QueryableReadings probed = probe == null ? null : probe.run(options.steadyLength());
            long all = sending.finish() + warmUpProbes + (probed == null ? 0 : probed.sent());
            int notQueryable = probed == null ? 0 : probed.givenUp();
            boolean keptUp = notQueryable == 0 && awaitStored(running, all);
            if (keptUp) {
                check(load, rig, sending.account());
            }
            return new LoadRun(
                    load.peer(),
                    load.fleet(),
                    load.lingerMillis(),
                    load.shards(),
                    load.replicas(),
                    sent / seconds,
                    written.readings() / seconds,
                    used.per(written.readings()),
                    written.rowsPerRequest(),
                    keptUp,
                    metricsBefore == null || metricsAfter == null
                            ? null
                            : StoredLatency.between(metricsBefore, metricsAfter),
                    probed == null ? null : probed.latency(),
                    notQueryable);
        }
    }

    /** Who says that all is stored, and has lost or invented a reading, fails the run. */
    private void check(Load load, Rig rig, FleetAccount sent) {
        StoredReadings stored =
                new StoredReadings(session, rig.keyspace(), load.peer().storedAs());
        FleetAccount.of(stored, load.fleet().sensors(), QueryableProbe.SENSOR)
                .differsFrom(sent)
                .ifPresent(difference -> {
                    throw new BenchException("%s: %s".formatted(load, difference));
                });
    }

    private QueryableProbe probe(Rig rig, TelltaleContestant service) {
        return new QueryableProbe(service.baseUrl(), stack.kafka().bootstrapServers(), rig.topic());
    }

    /** Where it can be asked it is: what answers would be cold otherwise when it is measured. */
    private int warmUp(@Nullable QueryableProbe probe) {
        if (probe == null) {
            letRun(options.warmUp());
            return 0;
        }
        return probe.run(options.warmUp()).sent();
    }

    private static void letRun(Duration length) {
        Awaitility.await().pollDelay(length).atMost(length.plus(CATCH_UP_LIMIT)).until(() -> true);
    }

    /** A fleet is met once in its life; behind that, in an open loop, more would wait than is ever caught up with. */
    private void awaitRegistered(Load load, List<Contestant> running) {
        int sensors = load.fleet().sensors();
        Duration limit = CATCH_UP_LIMIT.plusSeconds(sensors / REGISTERED_PER_SECOND);
        if (!holdsWithin(limit, () -> written(running).readings() >= sensors)) {
            narrator.say("%s has not met all sensors after %d s", load.peer().label(), limit.toSeconds());
        }
    }

    /**
     * Who is slow as long as its code is cold is not to be measured while it is behind. Who falls further behind than
     * at first, after a while, is not waited for any longer.
     */
    private void awaitNotBehind(Load load, List<Contestant> running, LongSupplier sent) {
        long allowed = 2L * load.fleet().perSecond();
        LongSupplier behind = () -> sent.getAsLong() - written(running).readings();
        long atFirst = behind.getAsLong();
        boolean keepsUp = holdsWithin(TREND_AFTER, () -> behind.getAsLong() <= allowed)
                || (behind.getAsLong() < atFirst
                        && holdsWithin(CATCH_UP_LIMIT.minus(TREND_AFTER), () -> behind.getAsLong() <= allowed));
        if (!keepsUp) {
            narrator.say(
                    "%s is behind by %,d readings, which were %,d after it was warm",
                    load.peer().label(), behind.getAsLong(), atFirst);
        }
    }

    /** Whether everything that was sent is durable after a while, once each. */
    private static boolean awaitStored(List<Contestant> running, long sent) {
        return holdsWithin(CATCH_UP_LIMIT, () -> written(running).readings() >= sent)
                && written(running).readings() == sent;
    }

    private static boolean holdsWithin(Duration limit, Callable<Boolean> condition) {
        try {
            Awaitility.await()
                    .atMost(limit)
                    .pollInterval(LOOK_EVERY)
                    // A look that fails is one more that does not show it: whoever has too much to do may answer late.
                    .ignoreException(BenchException.class)
                    .until(condition);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    private static Written written(List<Contestant> running) {
        return running.stream().map(Contestant::written).reduce(Written.NOTHING, Written::plus);
    }

    private ProcessorTime processorTime(List<Contestant> running) {
        Duration clients = running.stream()
                .map(contestant -> ProcessorTime.of(contestant.pid()))
                .reduce(Duration.ZERO, Duration::plus);
        return new ProcessorTime(
                clients,
                ProcessorTime.of(stack.kafka().pid()),
                ProcessorTime.of(stack.cassandra().pid()));
    }

    /** Of all replicas; null for a contestant that has none. */
    private static @Nullable ServiceMetrics metrics(List<Contestant> running) {
        StringBuilder pages = new StringBuilder();
        for (Contestant contestant : running) {
            if (contestant instanceof TelltaleContestant service) {
                pages.append(service.metrics().page()).append('\n');
            }
        }
        return pages.isEmpty() ? null : new ServiceMetrics(pages.toString());
    }

    private static String inWords(LoadRun run) {
        return String.format(
                Locale.ROOT,
                "%-8s %,d sensors, %,d readings/s, linger %d ms, %d shards, replicas %d: %,.0f sent/s, %,.0f stored/s, %.1f rows per request; CPU µs per"
                        + " reading: client %.2f, Kafka %.2f, Cassandra %.2f; stored %s; queryable %s%s",
                run.peer().label(),
                run.fleet().sensors(),
                run.fleet().perSecond(),
                run.lingerMillis(),
                run.shards(),
                run.replicas(),
                run.offeredPerSecond(),
                run.storedPerSecond(),
                run.rowsPerRequest(),
                run.micros().client(),
                run.micros().kafka(),
                run.micros().cassandra(),
                inWords(run.kafkaToStored()),
                inWords(run.kafkaToQueryable()),
                run.keptUp() ? "" : "; DID NOT KEEP UP");
    }

    private static String inWords(@Nullable Latency latency) {
        return latency == null
                ? "-"
                : String.format(Locale.ROOT, "p50 %.0f ms, p99 %.0f ms", latency.median(), latency.p99());
    }
}
