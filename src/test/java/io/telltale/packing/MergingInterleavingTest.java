package io.telltale.packing;

import static io.telltale.packing.MemoryMergingTables.TYPE;
import static io.telltale.packing.MergedRecords.SENSORS;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.packing.SpanUnionPacker.Limits;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.Deletion;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.MergingAccess;
import io.telltale.store.MergingTables;
import io.telltale.store.RecordedReading;
import io.telltale.store.UnavailableStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;

/**
 * Replicas that write, merge, pack, remove and read, with clocks of their own. Between any two requests, any other may
 * happen, and much time may pass. Whatever interleaves: what was acknowledged before a read began is in its answer.
 */
@Tag("slow")
class MergingInterleavingTest {

    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    /** The clocks of two replicas differ by less than the part of the margin that a write does not take. */
    private static final long MAX_OFFSET = (MINUTE - MergingAccess.maxWrite().toMillis()) / 2;

    /** A wrong clock: writes go to minutes that are merged. */
    private static final long SLOW = 4 * MINUTE;

    /** They cause each other. */
    private static final int MAX_EVENTS = 4_000;

    private static final int MAX_RECORDS = 500;
    private static final int MIN_CHECKS = 40;

    private final MemoryMergingTables tables = new MemoryMergingTables();
    private final MemorySpanTables spans = new MemorySpanTables(tables);
    private final MergingMetrics metrics = new MergingMetrics(new SimpleMeterRegistry(), Clock.systemUTC());
    private final PackingMetrics packingMetrics = new PackingMetrics(new SimpleMeterRegistry());
    private final MergedRecords durable = new MergedRecords();

    /** From a writer whose clock is wrong. Reads may miss them until they are merged, but they are not lost. */
    private final MergedRecords slow = new MergedRecords();

    /** Requests that failed, and reach a quorum later: by a hint, or because a replica froze before it sent them. */
    private final Deque<Runnable> delayed = new ArrayDeque<>();

    private final List<Writer> writers = new ArrayList<>();
    private final List<Engines> engines = new ArrayList<>();
    private final List<UnionReader> readers = new ArrayList<>();
    private Random random = new Random();
    private int depth;
    private int failing;
    private int events;
    private long offset;

    /** The reads that were checked. */
    private int checks;

    /** Of a hundred events: steps of writers, and leaps of time. */
    private int writes;

    private int jumps;

    /** Whether replicas pack, too, and time leaps over spans. */
    private boolean isPacking;

    private Limits limits = Limits.DEFAULT;

    private final PackerWaits waits = new PackerWaits() {
        @Override
        void pause(Duration duration) {
            tables.nowMillis += duration.toMillis();
        }
    };

    /** A replica with a clock of its own. */
    private class Replica {
        final UUID id = UUID.randomUUID();

        Replica(long offsetMillis) {
            tables.clockOffsets.put(id, offsetMillis);
        }

        long now() {
            return tables.nowMillis + Objects.requireNonNull(tables.clockOffsets.get(id));
        }
    }

    /** Writes by the rules of FreshWriter, one step at a time. */
    private final class Writer extends Replica {
        private List<RecordedReading> records = List.of();
        private List<FreshRow> rows = List.of();
        private FreshMinute minute = MergingAccess.minute(TYPE, 0);
        private FreshMinute indexed = minute;
        private long beganMillis;
        private long seq;
        private int step;
        private final MergedRecords acknowledged;

        Writer(long offsetMillis, MergedRecords acknowledged) {
            super(offsetMillis);
            this.acknowledged = acknowledged;
        }

        void step() {
            switch (step) {
                case 0 -> {
                    if (offset < MAX_RECORDS) {
                        records = newRecords();
                        step = 1;
                    }
                }
                case 1 -> {
                    beganMillis = tables.nowMillis;
                    minute = MergingAccess.minute(TYPE, now());
                    rows = MergingAccess.rows(minute, records, id, seq, tables.nextMicros(id));
                    seq += rows.size();
                    step = 2;
                }
                case 2 -> {
                    if (!minute.equals(indexed)) {
                        tables.put(minute, tables.nextMicros(id));
                        indexed = minute;
                    }
                    step = 3;
                }
                default -> {
                    FreshMinute into = minute;
                    List<FreshRow> written = rows;
                    Runnable write = () -> written.forEach(row -> tables.put(into, row));
                    if (random.nextInt(8) == 0) {
                        // Not acknowledged, so it is written again.
                        delayed.add(write);
                        step = 1;
                        return;
                    }
                    write.run();
                    if (tables.nowMillis - beganMillis
                            > MergingAccess.maxWrite().toMillis()) {
                        step = 1;
                        return;
                    }
                    records.forEach(acknowledged::add);
                    step = 0;
                }
            }
        }

        private List<RecordedReading> newRecords() {
            List<RecordedReading> made = new ArrayList<>();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                // On time or late, of few instants.
                long millis = now() - random.nextInt(3) * (isPacking ? 4L * HOUR : 4L * MINUTE);
                made.add(MergedRecords.record(
                        SENSORS.get(random.nextInt(SENSORS.size())),
                        millis - Math.floorMod(millis, 20 * SECOND),
                        START + random.nextInt(1_000),
                        offset++));
            }
            return made;
        }
    }

    /** Merges, packs and removes by the rules of Merger and RecentPacker. */
    private final class Engines extends Replica {
        private final Merger merger = new Merger(
                tables,
                metrics,
                true,
                MergedRecords.CONFIG,
                new SuppliedClock(this::now),
                () -> Duration.ofMillis(tables.nowMillis).toNanos(),
                waits);

        private final RecentPacker packer = new RecentPacker(
                spans,
                packingMetrics,
                RecentPackerFixture.config(true),
                new SuppliedClock(this::now),
                () -> Duration.ofMillis(tables.nowMillis).toNanos(),
                waits,
                limits);

        Engines(long offsetMillis) {
            super(offsetMillis);
        }

        void merge() {
            as(merger::pass);
        }

        void pack() {
            as(packer::pass);
        }

        private void as(Runnable pass) {
            UUID before = tables.replica;
            tables.replica = id;
            try {
                pass.run();
            } finally {
                tables.replica = before;
            }
        }

        void pass() {
            if (isPacking && random.nextInt(3) == 0) {
                pack();
            } else {
                merge();
            }
        }
    }

    @RepeatedTest(24)
    void noInterleavingHidesADurableReading(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        isPacking = repetition.getCurrentRepetition() > 40;
        limits = new Limits(1 + random.nextInt(5 * SpanUnionPacker.SEGMENT_OVERHEAD), 5 + random.nextInt(50));
        tables.nowMillis = START;
        tables.hasLeases = random.nextInt(4) == 0;
        for (int replica = 0; replica < 3; replica++) {
            writers.add(new Writer(random.nextLong(-MAX_OFFSET, MAX_OFFSET), durable));
            engines.add(new Engines(random.nextLong(-MAX_OFFSET, MAX_OFFSET)));
        }
        writers.add(new Writer(-SLOW, slow));
        writes = 2 + random.nextInt(30);
        jumps = 1 + random.nextInt(1 + random.nextInt(12));
        tables.isDelayed = this::isDelayed;
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("partitions") && random.nextInt(MergingTables.SLICES) > 0) {
                // Else most events would happen within searches.
                return;
            }
            for (int more = random.nextInt(3); more > 0 && events < MAX_EVENTS; more--) {
                events++;
                happen(random.nextInt(100));
            }
            if (random.nextInt(20) == 0) {
                assertAllThere(durable);
            }
        };
        for (int round = 0; round < 80; round++) {
            for (int i = random.nextInt(8); i > 0; i--) {
                anyOf(writers).step();
            }
            tables.nowMillis += random.nextLong(MINUTE);
            if (random.nextBoolean()) {
                hurry();
            } else {
                anyOf(engines).pass();
            }
        }
        tables.hook = (operation, isBefore) -> {};
        tables.isDelayed = (operation, work) -> false;
        tables.assertHooksPassed();
        assertThat(checks).isGreaterThan(MIN_CHECKS);
        delayed.forEach(Runnable::run);
        assertAllThere(durable);
        // The first pass finds forgotten minutes, the next ones merge, remove and forget them.
        for (int pass = 0; pass < 6; pass++) {
            tables.nowMillis += pass == 0 ? 25 * 60 * MINUTE : 11 * MINUTE;
            engines.get(0).merge();
        }
        assertThat(tables.states()).isEmpty();
        assertThat(tables.nonEmptyPartitions()).isEmpty();
        for (int pass = 0; pass < 300 && isPacking; pass++) {
            tables.nowMillis += pass % 2 == 0 ? 25 * HOUR : 11 * MINUTE;
            engines.get(0).pack();
        }
        if (isPacking) {
            assertThat(tables.recentTables.listed()).isEmpty();
            assertThat(spans.packs()).isNotEmpty();
        }
        assertAllThere(durable);
        assertAllThere(slow);
    }

    private void assertAllThere(MergedRecords expected) {
        MergedRecords.of(tables, spans).assertHasAllOf(expected.without(spans.deleted));
    }

    /** What one attempt does many times fails seldom. */
    private static final Set<String> FREQUENT = Set.of("write", "writePack", "removeSegment", "forgetEntry");

    private boolean isDelayed(String operation, Runnable work) {
        if (failing == 0 && random.nextInt(FREQUENT.contains(operation) ? 40 : 5) == 0) {
            failing = 1 + random.nextInt(8);
        }
        if (failing > 0) {
            failing--;
            delayed.add(work);
            throw UnavailableStore.failure();
        }
        return false;
    }

    /** Passes of several replicas in a moment, or in some minutes, while a reader has read marks. */
    private void hurry() {
        UnionReader reader = reader();
        boolean isDone = false;
        for (int i = random.nextInt(4); i > 0; i--) {
            isDone = reader.step();
        }
        long pause = random.nextBoolean() ? 5 * SECOND : 6 * MINUTE;
        for (int i = random.nextInt(8); i > 0; i--) {
            anyOf(engines).pass();
            tables.nowMillis += pause;
        }
        while (!isDone) {
            isDone = reader.step();
        }
        check(reader);
    }

    private UnionReader reader() {
        return new UnionReader(tables, spans, durable, random);
    }

    private void check(UnionReader reader) {
        checks += reader.check() ? 1 : 0;
    }

    private void happen(int event) {
        if (event < writes) {
            anyOf(writers).step();
        } else if (event < writes + jumps) {
            tables.nowMillis += random.nextInt(6) == 0 ? (isPacking ? 7 * HOUR : 90 * MINUTE) : 3 * MINUTE;
        } else if (event < 50) {
            if (readers.size() < 50) {
                readers.add(reader());
            }
        } else if (event < 75) {
            if (!readers.isEmpty()) {
                int any = random.nextInt(4) == 0 ? random.nextInt(readers.size()) : readers.size() - 1;
                boolean isDone = false;
                for (int i = 1 + random.nextInt(4); i > 0 && !isDone; i--) {
                    isDone = readers.get(any).step();
                }
                if (isDone) {
                    check(readers.remove(any));
                }
            }
        } else if (event < 82) {
            nested(anyOf(engines)::pass);
        } else if (event < 87) {
            tables.nowMillis += 10 * SECOND;
        } else if (event < 88) {
            throw UnavailableStore.failure();
        } else if (event < 92 && !delayed.isEmpty()) {
            delayed.remove().run();
        } else if (event < 93 && isPacking && spans.deleted.size() < 10) {
            long from = tables.nowMillis - random.nextLong(12 * HOUR);
            spans.deleted.add(new Deletion(
                    SENSORS.get(random.nextInt(SENSORS.size())),
                    START + random.nextInt(1_000),
                    from,
                    from + 10 * MINUTE));
        }
    }

    /** Other requests happen within these, but not without end. */
    private void nested(Runnable action) {
        if (depth < 2) {
            depth++;
            action.run();
            depth--;
        }
    }

    private <T> T anyOf(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }
}
