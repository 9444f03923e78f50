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
 * Many who watch the same readings: through Telltale, through a {@code Multi} for each as people write it first, and through
 * nginx with nchan. The rate is that of a closed loop: a handful of readings goes out when all subscribers have seen those
 * before, so nobody misses any. Ages are those of an open loop at a part of that rate.
 */
final class FanOutWorkload {

    private static final String TOPIC = "sensors.fan-out";
    private static final int PARTITIONS = 4;
    static final int SENSORS = 100;
    static final int HANDFUL = 20;
    static final int TIMED = 20;
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
        stack.kafka().createTopic(TOPIC, PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        List<FanOutRun> runs = new ArrayList<>();
        for (int round = 0; round < options.rounds(); round++) {
            List<FeedServer> servers = new ArrayList<>(List.of(telltale()));
            if (options.peers().contains(Peer.OBVIOUS)) {
                servers.add(stock());
            }
            if (NchanFeed.isThere(narrator)) {
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

    private FeedServer telltale() {
        Rig rig = Rig.of(Peer.TELLTALE, TOPIC);
        TelltaleContestant service = contestants.telltale(rig, "live", Map.of());
        return new KafkaFeed(
                "telltale",
                stack.kafka().bootstrapServers(),
                TOPIC,
                new Running(
                        service::start,
                        service::pid,
                        () -> URI.create(service.baseUrl() + "/api/v1/readings/stream?type=fan-out"),
                        service::close));
    }

    private FeedServer stock() {
        Path jar = stock.jar();
        int port = freePort();
        Path log = stack.directory().resolve("stock-sse").resolve("stock-sse.log");
        List<String> jvmOptions = new ArrayList<>(Contestants.JVM_OPTIONS);
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
        // One stays throughout: what a stock channel broadcasts ends for good when the last one leaves.
        try (SubscriberSwarm keeper = SubscriberSwarm.open(server.stream(), 1, 0, 0)) {
            warmUp(server);
            for (int subscribers : options.isFull() ? List.of(1_000, 5_000, 10_000) : List.of(1_000)) {
                for (int slow : List.of(0, subscribers / 20)) {
                    runs.add(measure(server, subscribers, slow));
                    narrator.say("%s", inWords(runs.get(runs.size() - 1)));
                }
            }
            narrator.say("%s: one who stayed saw %,d events", server.label(), keeper.events());
        }
    }

    /** How long a rate is measured; ages for half as long at each load. */
    private Duration length() {
        return Duration.ofSeconds(options.isFull() ? 60 : 12);
    }

    private void warmUp(FeedServer server) {
        try (SubscriberSwarm swarm = SubscriberSwarm.open(server.stream(), 200, 0, 0)) {
            awaitFlow(server, swarm);
            deliver(server, swarm, 200, options.warmUp());
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

    private FanOutRun measure(FeedServer server, int subscribers, int slow) {
        Awaitility.await().pollDelay(IDLE).until(() -> true);
        long idleMegabytes = ResidentMemory.megabytes(server.pid());
        try (SubscriberSwarm swarm = SubscriberSwarm.open(server.stream(), subscribers, slow, TIMED)) {
            long openMegabytes = ResidentMemory.megabytes(server.pid());
            int reading = subscribers - slow;
            Duration processorBefore = ProcessorTime.of(server.pid());
            long bytesBefore = swarm.bytes();
            long eventsBefore = swarm.events();
            double rate = deliver(server, swarm, reading, length());
            long events = swarm.events() - eventsBefore;
            Duration processor = ProcessorTime.of(server.pid()).minus(processorBefore);
            double bytes = (double) (swarm.bytes() - bytesBefore) / events;
            return new FanOutRun(
                    server.label(),
                    subscribers,
                    slow,
                    rate,
                    processor.toNanos() / 1e3 / events,
                    bytes,
                    1_024.0 * (openMegabytes - idleMegabytes) / subscribers,
                    ages(server, swarm, reading, rate * 0.25),
                    ages(server, swarm, reading, rate * 0.5),
                    ages(server, swarm, reading, rate * 0.75));
        }
    }

    /** Readings by the handful, each when the one before was seen by all; how many were delivered a second. */
    private static double deliver(FeedServer server, SubscriberSwarm swarm, int reading, Duration length) {
        long beginNanos = System.nanoTime();
        long seenBefore = swarm.events();
        long expected = seenBefore;
        while (System.nanoTime() - beginNanos < length.toNanos()) {
            for (int i = 0; i < HANDFUL; i++) {
                server.send(i % SENSORS, System.nanoTime() / 1_000);
            }
            server.flush();
            expected += (long) HANDFUL * reading;
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
                "%-8s %,d subscribers, %d of them slow: %,.0f deliveries/s, %.2f µs and %.0f bytes each, %.1f KB a subscriber;"
                        + " ages at half of it: p50 %.1f ms, p99 %.1f ms",
                run.server(),
                run.subscribers(),
                run.slow(),
                run.deliveriesPerSecond(),
                run.microsPerDelivery(),
                run.bytesPerEvent(),
                run.kilobytesPerSubscriber(),
                run.half().median(),
                run.half().p99());
    }
}
