package io.telltale.bench;

import io.telltale.bench.FanOutRun.Ages;
import io.telltale.bench.KafkaFeed.Running;
import io.telltale.local.LocalStack;
import io.telltale.local.ProgramProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Many who watch the same readings: through Telltale, through a {@code Multi} for each as people write it first, and
 * through nginx with nchan. Rates are those of closed loops: a handful of readings, or one, goes out when all
 * subscribers have seen what went before, so nobody misses any. Ages are those of an open loop at a part of the rate of
 * the loop with one: the rate with a handful is that of writes with a handful in each, which readings that come evenly
 * spaced do not fill.
 */
final class FanOutWorkload {

    private static final String TOPIC = "sensors.fan-out";
    private static final int PARTITIONS = 4;
    static final int SENSORS = 100;
    static final int HANDFUL = 20;
    static final int TIMED = 20;
    static final int STORED_BESIDE = 1_000;
    private static final String BESIDE_TOPIC = "sensors.beside";
    private static final long SEED = 1;
    private static final Duration IDLE = Duration.ofSeconds(3);
    private static final Duration SEEN_LIMIT = Duration.ofSeconds(60);

    private final LocalStack stack;
    private final Contestants contestants;
    private final BenchOptions options;
    private final Narrator narrator;
    private final PeerApplication stock;

    FanOutWorkload(LocalStack stack, Contestants contestants, BenchOptions options, Narrator narrator) {
        this.stack = stack;
        this.contestants = contestants;
        this.options = options;
        this.narrator = narrator;
        this.stock = new PeerApplication("stock-sse", narrator);
    }

    List<FanOutRun> run() {
        for (String topic : List.of(TOPIC, BESIDE_TOPIC)) {
            stack.kafka().createTopic(topic, PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        }
        List<FanOutRun> runs = new ArrayList<>();
        for (int round = 0; round < options.rounds(); round++) {
            List<FeedServer> servers = new ArrayList<>();
            for (Peer peer : options.services()) {
                servers.add(service(peer));
            }
            if (options.peers().contains(Peer.OBVIOUS)) {
                servers.add(stock());
            }
            if (!contestants.isSecured() && NchanFeed.isThere(narrator)) {
                servers.add(new NchanFeed(stack.directory().resolve("nchan-" + round), freePort()));
            }
            if (round % 2 == 1) {
                Collections.reverse(servers);
            }
            for (FeedServer server : servers) {
                runs.addAll(measure(server));
            }
        }
        return runs;
    }

    private FeedServer service(Peer peer) {
        Rig rig = Rig.of(peer, TOPIC);
        GarbageLog garbage = new GarbageLog(stack.directory().resolve(peer.label() + "-gc.log"));
        TelltaleContestant service = contestants.service(
                peer,
                rig,
                "live",
                Map.of("mp.messaging.incoming.sensors.topic", "sensors[.](fan-out|beside)"),
                List.of(garbage.option()));
        return new KafkaFeed(
                peer.label(),
                stack.kafka().bootstrapServers(),
                TOPIC,
                new Running(
                        () -> {
                            service.start();
                            contestants.verify(service);
                        },
                        service::pid,
                        garbage,
                        service.access(),
                        () -> URI.create(service.baseUrl() + "/api/v1/readings/stream?type=fan-out"),
                        service::close));
    }

    private FeedServer stock() {
        Path jar = stock.jar();
        int port = freePort();
        Path log = stack.directory().resolve("stock-sse").resolve("stock-sse.log");
        List<String> jvmOptions = new ArrayList<>(Contestants.JVM_OPTIONS);
        GarbageLog garbage = new GarbageLog(stack.directory().resolve("stock-sse-gc.log"));
        jvmOptions.add(garbage.option());
        jvmOptions.add("-Dkafka.bootstrap.servers=" + stack.kafka().bootstrapServers());
        jvmOptions.add("-Dquarkus.http.port=" + port);
        jvmOptions.add("-Dmp.messaging.incoming.feed.topic=" + TOPIC);
        jvmOptions.add("-Dmp.messaging.incoming.feed.group.id=stock-sse");
        AtomicReference<@Nullable ProgramProcess> process = new AtomicReference<>();
        URI stream = URI.create("http://127.0.0.1:%d/feed".formatted(port));
        return new KafkaFeed(
                "stock",
                stack.kafka().bootstrapServers(),
                TOPIC,
                new Running(
                        () -> {
                            process.set(ProgramProcess.ofJar("stock-sse", jar, jvmOptions, log));
                            awaitOpen(stream);
                        },
                        () -> Objects.requireNonNull(process.get()).pid(),
                        garbage,
                        HttpAccess.PLAIN,
                        () -> stream,
                        () -> Objects.requireNonNull(process.get()).close()));
    }

    private static void awaitOpen(URI stream) {
        Awaitility.await().atMost(SEEN_LIMIT).ignoreExceptions().until(() -> {
            try (Socket socket = new Socket(stream.getHost(), stream.getPort())) {
                return socket.isConnected();
            }
        });
    }

    private List<FanOutRun> measure(FeedServer server) {
        List<FanOutRun> runs = new ArrayList<>();
        try (server) {
            server.start();
            measure(server, runs);
        } catch (BenchException e) {
            // What it delivered before counts; that it delivers no more is said, and the others are measured.
            narrator.say("%s gave up: %s", server.label(), String.valueOf(e.getMessage()));
        }
        return runs;
    }

    private void measure(FeedServer server, List<FanOutRun> runs) {
        warmUp(server);
        for (int subscribers : options.subscribers()) {
            for (int slow : List.of(0, subscribers / 20)) {
                add(measure(server, server.label(), subscribers, slow), runs);
            }
            if (isService(server)) {
                measureWhileStoring(server, subscribers, runs);
            }
        }
    }

    private boolean isService(FeedServer server) {
        return options.services().stream().anyMatch(service -> service.label().equals(server.label()));
    }

    /** The same service, while it stores what a fleet of another type sends that nobody watches. */
    private void measureWhileStoring(FeedServer server, int subscribers, List<FanOutRun> runs) {
        try (SteadyLoad beside =
                SteadyLoad.start(stack.kafka().bootstrapServers(), BESIDE_TOPIC, STORED_BESIDE, SEED)) {
            add(measure(server, server.label() + ", storing", subscribers, 0), runs);
            beside.finish();
        }
    }

    private void add(FanOutRun run, List<FanOutRun> runs) {
        runs.add(run);
        narrator.say("%s", inWords(run));
    }

    /** How long a rate is measured; ages for half as long at each load. */
    private Duration length() {
        return Duration.ofSeconds(options.isFull() ? 60 : 12);
    }

    private void warmUp(FeedServer server) {
        try (SubscriberSwarm swarm = SubscriberSwarm.open(server.stream(), server.access(), 200, 0, 0)) {
            awaitFlow(server, swarm);
            deliver(server, swarm, 200, HANDFUL, options.warmUp());
        }
    }

    /** Until a consumer group has its partitions, what is sent may be before its beginning. */
    private static void awaitFlow(FeedServer server, SubscriberSwarm swarm) {
        Awaitility.await()
                .atMost(SEEN_LIMIT)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    for (int sensor = 0; sensor < SENSORS; sensor++) {
                        server.send(sensor, System.nanoTime() / 1_000);
                    }
                    server.flush();
                    return swarm.events() > 0;
                });
        awaitStill(swarm);
    }

    private static void awaitStill(SubscriberSwarm swarm) {
        AtomicLong before = new AtomicLong(-1);
        Awaitility.await()
                .atMost(SEEN_LIMIT)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> before.getAndSet(swarm.events()) == swarm.events());
    }

    private FanOutRun measure(FeedServer server, String label, int subscribers, int slow) {
        Awaitility.await().pollDelay(IDLE).until(() -> true);
        long idleMegabytes = ResidentMemory.megabytes(server.pid());
        try (SubscriberSwarm swarm = SubscriberSwarm.open(server.stream(), server.access(), subscribers, slow, TIMED)) {
            long openMegabytes = ResidentMemory.megabytes(server.pid());
            int reading = subscribers - slow;
            Duration processorBefore = ProcessorTime.of(server.pid());
            long bytesBefore = swarm.bytes();
            long eventsBefore = swarm.events();
            long allocatedBefore = server.allocatedMegabytes();
            double rate = deliver(server, swarm, reading, HANDFUL, length());
            long events = swarm.events() - eventsBefore;
            Duration processor = ProcessorTime.of(server.pid()).minus(processorBefore);
            double allocated = 1_048_576.0 * (server.allocatedMegabytes() - allocatedBefore) / events;
            double bytes = (double) (swarm.bytes() - bytesBefore) / events;
            Duration processorBetween = ProcessorTime.of(server.pid());
            long eventsBetween = swarm.events();
            double single = deliver(server, swarm, reading, 1, length().dividedBy(2));
            long singly = swarm.events() - eventsBetween;
            Duration processorSingly = ProcessorTime.of(server.pid()).minus(processorBetween);
            return new FanOutRun(
                    label,
                    subscribers,
                    slow,
                    rate,
                    processor.toNanos() / 1e3 / events,
                    allocated,
                    bytes,
                    1_000.0 * (openMegabytes - idleMegabytes) / subscribers,
                    single,
                    processorSingly.toNanos() / 1e3 / singly,
                    ages(server, swarm, reading, single * 0.25),
                    ages(server, swarm, reading, single * 0.5),
                    ages(server, swarm, reading, single * 0.75));
        }
    }

    /** Some readings at a time, when all have seen those before; how many were delivered a second. */
    private static double deliver(FeedServer server, SubscriberSwarm swarm, int reading, int atOnce, Duration length) {
        long beginNanos = System.nanoTime();
        long seenBefore = swarm.events();
        long expected = seenBefore;
        int sensor = 0;
        while (System.nanoTime() - beginNanos < length.toNanos()) {
            for (int i = 0; i < atOnce; i++) {
                server.send(sensor++ % SENSORS, System.nanoTime() / 1_000);
            }
            server.flush();
            expected += (long) atOnce * reading;
            awaitSeen(swarm, expected);
        }
        return (swarm.events() - seenBefore) / ((System.nanoTime() - beginNanos) / 1e9);
    }

    private static void awaitSeen(SubscriberSwarm swarm, long events) {
        long limitNanos = System.nanoTime() + SEEN_LIMIT.toNanos();
        while (swarm.events() < events) {
            if (System.nanoTime() > limitNanos) {
                throw new BenchException("%d of %d events came".formatted(swarm.events(), events));
            }
            LockSupport.parkNanos(50_000);
        }
    }

    private Ages ages(FeedServer server, SubscriberSwarm swarm, int reading, double deliveriesPerSecond) {
        swarm.ages().reset();
        long everyNanos = (long) (1e9 * reading / deliveriesPerSecond);
        long beginNanos = System.nanoTime();
        long before = swarm.events();
        long sent = 0;
        while (System.nanoTime() - beginNanos < length().toNanos() / 2) {
            long dueNanos = beginNanos + sent * everyNanos;
            LockSupport.parkNanos(dueNanos - System.nanoTime());
            server.send((int) (sent % SENSORS), dueNanos / 1_000);
            sent++;
        }
        server.flush();
        awaitSeen(swarm, before + sent * reading);
        Histogram ages = swarm.ages();
        return new Ages(ages.getValueAtPercentile(50) / 1e3, ages.getValueAtPercentile(99) / 1e3);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new BenchException("no free port", e);
        }
    }

    private static String inWords(FanOutRun run) {
        return String.format(
                Locale.ROOT,
                "%-8s %,d subscribers, %d of them slow: %,.0f deliveries/s, each %.2f µs, %.0f bytes on the heap, %.0f on the wire;"
                        + " %.1f KB a subscriber; one by one %,.0f/s at %.2f µs; ages at half of that: p50 %.1f ms, p99 %.1f ms",
                run.server(),
                run.subscribers(),
                run.slow(),
                run.deliveriesPerSecond(),
                run.microsPerDelivery(),
                run.heapBytesPerDelivery(),
                run.bytesPerEvent(),
                run.kilobytesPerSubscriber(),
                run.singlyPerSecond(),
                run.microsSingly(),
                run.half().median(),
                run.half().p99());
    }
}
