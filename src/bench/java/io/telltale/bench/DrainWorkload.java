package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Backlogs, each consumed as fast as possible, by one contestant after the other. All contestants run from the
 * beginning to the end, with nothing to read; a round moves the group of one to the beginning of the topic, which holds
 * one backlog at a time. The largest fleet comes first: smaller ones are part of it, so that each sensor is met once,
 * and what a large fleet costs is measured on processes that are less warm than those of the small one.
 */
final class DrainWorkload {

    private static final String TOPIC = "sensors.drain";
    private static final Duration MEMBERS_LIMIT = Duration.ofSeconds(90);
    private static final Duration COMMIT_LIMIT = Duration.ofSeconds(30);
    private static final Duration FIRST_ROUND_LIMIT = Duration.ofMinutes(10);
    private static final Duration WARM_UP_ROUND_LIMIT = Duration.ofMinutes(2);
    private static final Duration QUIET_FOR = Duration.ofSeconds(1);
    private static final double QUIET_SHARE_OF_A_CORE = 0.08;
    private static final Duration STILL_FOR = Duration.ofSeconds(2);
    private static final Duration STANDSTILL_LIMIT = Duration.ofMinutes(2);

    private final LocalStack stack;
    private final CqlSession session;
    private final Contestants contestants;
    private final BenchOptions options;
    private final Narrator narrator;

    /** A contestant, and what it has for itself. */
    private record Entry(Contestant contestant, Rig rig, ConsumerGroup group) {}

    DrainWorkload(
            LocalStack stack, CqlSession session, Contestants contestants, BenchOptions options, Narrator narrator) {
        this.stack = stack;
        this.session = session;
        this.contestants = contestants;
        this.options = options;
        this.narrator = narrator;
    }

    /** Every round there was, in order. */
    List<DrainRound> run() {
        BacklogTopic.make(stack.kafka(), TOPIC);
        List<Entry> entries = new ArrayList<>();
        List<DrainRound> rounds = new ArrayList<>();
        try {
            for (BacklogShape shape : shapes()) {
                narrator.say("drain: %,d records of %,d sensors, b = %d", shape.records(), shape.sensors(), shape.b());
                Backlog backlog = new Backlog(shape, options.seed());
                BacklogTopic.empty(stack.kafka(), TOPIC);
                BacklogTopic.fill(stack.kafka(), TOPIC, backlog);
                if (entries.isEmpty()) {
                    contestants.available().forEach(peer -> entries.add(enter(peer)));
                    entries.forEach(entry -> warmUp(entry, backlog));
                } else {
                    entries.forEach(entry -> entry.group().moveToEnd());
                    entries.forEach(entry -> {
                        entry.group().awaitMembers(MEMBERS_LIMIT);
                        awaitStandstill(entry.contestant());
                    });
                    // Once more: laying it leaves Cassandra something to compact, and its order is new to everybody.
                    entries.stream()
                            .filter(entry -> options.isWarm()
                                    && !options.isBounded(entry.contestant().peer()))
                            .forEach(entry -> warmUp(
                                    entry,
                                    backlog,
                                    options.roundLimit(entry.contestant().peer())));
                }
                rounds.addAll(rounds(entries, backlog));
            }
            return rounds;
        } finally {
            entries.forEach(entry -> {
                entry.contestant().close();
                entry.group().close();
                session.execute("DROP KEYSPACE IF EXISTS " + entry.rig().keyspace());
            });
        }
    }

    private List<BacklogShape> shapes() {
        return options.sensors().stream()
                .sorted(Comparator.reverseOrder())
                .flatMap(sensors ->
                        options.readingsInARow().stream().map(b -> BacklogShape.atLeast(options.records(), sensors, b)))
                .toList();
    }

    private Entry enter(Peer peer) {
        Rig rig = Rig.of(peer, TOPIC);
        ConsumerGroup group = new ConsumerGroup(stack.kafka(), rig.group(), rig.topic());
        group.moveToEnd();
        if (!peer.isTelltale()) {
            peer.storedAs().create(session, rig.keyspace());
        }
        Contestant contestant = contestants.of(peer, rig);
        narrator.say("starting %s", peer.label());
        contestant.start();
        if (contestant instanceof TelltaleContestant service) {
            contestants.verify(service);
        }
        group.awaitMembers(MEMBERS_LIMIT);
        return new Entry(contestant, rig, group);
    }

    /**
     * Until it has worked for as long as was asked for. Of those that drain the backlog in seconds the very first time
     * does not count: then sensors are registered, and most of it is waiting, in which no compiler learns anything.
     */
    private void warmUp(Entry entry, Backlog backlog) {
        Peer peer = entry.contestant().peer();
        Duration warmUp = options.warmUp(peer);
        boolean isBounded = options.isBounded(peer);
        if (!isBounded) {
            warmUp(entry, backlog, FIRST_ROUND_LIMIT);
        }
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < warmUp.toNanos()) {
            warmUp(entry, backlog, isBounded ? warmUp : WARM_UP_ROUND_LIMIT);
        }
    }

    private void warmUp(Entry entry, Backlog backlog, Duration limit) {
        narrator.say("warm-up: %s", inWords(drain(entry, backlog, limit, null)));
    }

    /** A B B A A B B A …: what drifts, drifts against all of them alike. */
    private List<DrainRound> rounds(List<Entry> entries, Backlog backlog) {
        List<DrainRound> rounds = new ArrayList<>();
        List<Entry> order = new ArrayList<>(entries);
        for (int i = 0; i < options.rounds(); i++) {
            for (Entry entry : order) {
                if (i < options.rounds(entry.contestant().peer())) {
                    DrainRound round = drain(
                            entry,
                            backlog,
                            options.roundLimit(entry.contestant().peer()),
                            backlog);
                    narrator.say("round %d: %s", i + 1, inWords(round));
                    rounds.add(round);
                }
            }
            Collections.reverse(order);
        }
        return rounds;
    }

    /**
     * @param checkedAgainst null if the round does not count
     */
    private DrainRound drain(Entry entry, Backlog backlog, Duration limit, @Nullable Backlog checkedAgainst) {
        Contestant contestant = entry.contestant();
        session.execute("TRUNCATE %s.%s"
                .formatted(entry.rig().keyspace(), contestant.peer().storedAs().table()));
        awaitQuiet();
        Written before = contestant.written();
        ProcessorTime processorBefore = processorTime(contestant);
        entry.group().moveToBeginning();

        double readingsPerSecond =
                new DrainWatch(contestant, before, backlog.shape().records(), limit).readingsPerSecond();
        ProcessorTime used = processorTime(contestant).since(processorBefore);
        Written written = contestant.written().since(before);
        boolean isComplete = written.readings() >= backlog.shape().records();
        if (isComplete) {
            entry.group().awaitAllCommitted(COMMIT_LIMIT);
        } else {
            entry.group().moveToEnd();
            awaitStandstill(contestant);
        }
        Balance balance = checkedAgainst == null
                ? new Balance(written.readings(), 0, 0)
                : Balance.of(
                        session,
                        entry.rig().keyspace(),
                        contestant.peer().storedAs(),
                        checkedAgainst,
                        // Of a round that was ended by time it cannot be said what was lost: whoever comes back
                        // into the group while it is being moved reads some records twice, and counts them so.
                        isComplete ? backlog.shape().records() : 0);
        DrainRound round = new DrainRound(
                contestant.peer(),
                backlog.shape(),
                isComplete ? written.readings() : balance.stored(),
                readingsPerSecond,
                used.per(written.readings()),
                written.rowsPerRequest(),
                isComplete,
                balance);
        if (!balance.isGood()) {
            throw new BenchException("%s does not count: %d readings lost, %d invented"
                    .formatted(inWords(round), balance.lost(), balance.invented()));
        }
        return round;
    }

    /** What it had taken before its group was moved away is written, or given up. */
    private static void awaitStandstill(Contestant contestant) {
        AtomicReference<Written> last = new AtomicReference<>(contestant.written());
        Awaitility.await()
                .atMost(STANDSTILL_LIMIT)
                .pollInterval(Duration.ofMillis(500))
                .during(STILL_FOR)
                .until(() -> {
                    Written now = contestant.written();
                    return now.equals(last.getAndSet(now));
                });
    }

    /** Cassandra flushes and compacts after a round; the next one is not to pay for it. It does not wait for ever. */
    private void awaitQuiet() {
        AtomicReference<Duration> last = new AtomicReference<>(servers());
        try {
            Awaitility.await()
                    .atMost(options.quietLimit())
                    .pollDelay(QUIET_FOR)
                    .pollInterval(QUIET_FOR)
                    .until(() -> {
                        Duration now = servers();
                        Duration used = now.minus(last.getAndSet(now));
                        return used.toMillis() < QUIET_FOR.toMillis() * QUIET_SHARE_OF_A_CORE;
                    });
        } catch (ConditionTimeoutException e) {
            narrator.say(
                    "the servers are still busy after %d s",
                    options.quietLimit().toSeconds());
        }
    }

    private Duration servers() {
        return ProcessorTime.of(stack.kafka().pid())
                .plus(ProcessorTime.of(stack.cassandra().pid()));
    }

    private ProcessorTime processorTime(Contestant contestant) {
        return ProcessorTime.of(
                contestant.pid(), stack.kafka().pid(), stack.cassandra().pid());
    }

    private static String inWords(DrainRound round) {
        return String.format(
                Locale.ROOT,
                "%-8s b=%d s=%d: %,8.0f readings/s, %.1f rows per request; CPU µs per reading: client %.2f, Kafka %.2f, Cassandra %.2f%s",
                round.peer().label(),
                round.shape().b(),
                round.shape().sensors(),
                round.readingsPerSecond(),
                round.rowsPerRequest(),
                round.micros().client(),
                round.micros().kafka(),
                round.micros().cassandra(),
                round.isComplete() ? "" : " (%,d readings)".formatted(round.readings()));
    }
}
