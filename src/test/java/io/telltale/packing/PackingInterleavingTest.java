package io.telltale.packing;

import static io.telltale.packing.MemoryTables.TYPE;
import static io.telltale.packing.SpanPackerTest.packed;
import static io.telltale.packing.SpanPackerTest.reading;
import static io.telltale.packing.SpanPackerTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.PackableReading;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import io.telltale.store.StoreUnavailableException;
import io.telltale.store.UnavailableStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;

/**
 * Replicas that write, pack, remove and read one span, with clocks of their own. Between any two requests, any other
 * may happen, and much time may pass. Whatever interleaves: what is durable is visible.
 */
@Tag("slow")
class PackingInterleavingTest {

    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    private static final long HOUR = 60 * MINUTE;
    private static final long END = START + 6 * HOUR;
    private static final Span SPAN = new Span(TYPE, 0, START);

    /** The least telltale.storage.packing.after, and the least age of late writes: an hour of skew is between them. */
    private static final long AFTER = 75 * MINUTE;

    private static final long LATE = 15 * MINUTE;
    private static final long MAX_OFFSET = 29 * MINUTE;

    private final MemoryTables tables = new MemoryTables();
    private final PackingMetrics metrics = new PackingMetrics(new SimpleMeterRegistry());
    private final Map<Long, PackableReading> durable = new TreeMap<>();

    /** Requests that failed, and reach a quorum later: by a hint, or because a replica froze before it sent them. */
    private final Deque<Runnable> delayed = new ArrayDeque<>();

    private final List<Writer> writers = new ArrayList<>();
    private final List<Packing> packings = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private Random random = new Random();
    private int depth;
    private boolean isQuiet;

    /** Of a hundred events: steps of writers, and leaps of time. */
    private int writes;

    private int jumps;

    private final PackerWaits waits = new PackerWaits() {
        @Override
        void pause(Duration duration) {
            tables.nowMillis += duration.toMillis();
        }
    };

    /** A replica with a clock of its own. */
    private class Replica {
        final UUID id = UUID.randomUUID();

        Replica(boolean hasOffset) {
            tables.clockOffsets.put(id, hasOffset ? random.nextLong(-MAX_OFFSET, MAX_OFFSET) : 0);
        }

        long now() {
            return tables.nowMillis + Objects.requireNonNull(tables.clockOffsets.get(id));
        }
    }

    /** Writes by the rules of LateWrites, one step at a time. */
    private final class Writer extends Replica {
        private PackableReading next = reading(0, START, 0, 0);
        private int step;
        private boolean isMarked;
        private long markedMillis;

        Writer() {
            super(true);
        }

        void step() {
            switch (step++) {
                case 0 -> {
                    if (isLate()) {
                        mark();
                    }
                }
                case 1 -> {
                    next = reading(0, START + random.nextInt(40), random.nextInt(1_000), random.nextInt());
                    tables.put(next);
                }
                case 2 -> {
                    if (isMarked ? now() - markedMillis > 30 * MINUTE : isLate()) {
                        mark();
                    }
                    durable.merge(
                            next.timestampMillis(),
                            next,
                            (one, other) -> one.recordTimeMillis() > other.recordTimeMillis() ? one : other);
                }
                default -> {
                    if (isMarked) {
                        tables.put(tables.nextMark(id, State.LATE));
                        isMarked = false;
                    }
                    step = 0;
                }
            }
        }

        /** Ends the write. */
        void rest() {
            while (step > 0) {
                step();
            }
        }

        private boolean isLate() {
            return END + LATE <= now();
        }

        private void mark() {
            tables.put(tables.nextMark(id, State.WRITING));
            markedMillis = now();
            isMarked = true;
        }
    }

    /** Packs and removes by the rules of Packer. */
    private final class Packing extends Replica {
        private final RemovalDelays<UUID> replaced =
                new RemovalDelays<>(() -> Duration.ofMillis(tables.nowMillis).toNanos());
        private final SpanPacker packer = new SpanPacker(
                tables, waits, new Pace(10_000_000, System::nanoTime), metrics, new SuppliedClock(() -> now()));

        Packing() {
            super(true);
        }

        void pass() {
            UUID before = tables.replica;
            tables.replica = id;
            try {
                replaced.nextPass();
                SpanMarks marks = waits.get(tables.marks(SPAN));
                for (Mark mark : marks.replaced()) {
                    if (replaced.isUnused(mark.id())) {
                        waits.get(tables.remove(SPAN, mark));
                        waits.get(tables.forget(SPAN, mark));
                    }
                }
                if (now() < END + AFTER) {
                    return;
                }
                if (packer.isDue(SPAN, marks)) {
                    packer.pack(SPAN, tables.layout());
                } else if (marks.isOutdated()) {
                    packer.retireOutdated(SPAN);
                }
            } catch (StoreUnavailableException e) {
                // The next pass may succeed.
            } finally {
                tables.replica = before;
            }
        }
    }

    /** Reads marks, and some time later the segments of their pack. */
    private final class Reader {
        private final SpanMarks marks = tables.current();
        private final long sinceMillis = tables.nowMillis;
        private final Map<Long, PackableReading> expected = new TreeMap<>(durable);

        /** By marks that are older than a minute, rows are read. */
        void finish() {
            boolean isPacked = marks.pack().isPresent() && tables.nowMillis - sinceMillis <= MINUTE;
            Map<Long, PackableReading> visible = (isPacked
                            ? packed(tables, marks.pack().orElseThrow())
                            : rows(tables))
                    .stream().collect(Collectors.toMap(PackableReading::timestampMillis, reading -> reading));
            expected.forEach((millis, reading) -> {
                assertThat(visible).containsKey(millis);
                assertThat(Objects.requireNonNull(visible.get(millis)).recordTimeMillis())
                        .isGreaterThanOrEqualTo(reading.recordTimeMillis());
            });
        }
    }

    @RepeatedTest(40)
    void noInterleavingHidesADurableReading(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        tables.nowMillis = END - 30 * MINUTE;
        tables.hasLeases = random.nextInt(4) == 0;
        for (int replica = 0; replica < 3; replica++) {
            writers.add(new Writer());
            packings.add(new Packing());
        }
        writes = 2 + random.nextInt(20);
        jumps = 1 + random.nextInt(1 + random.nextInt(12));
        tables.isDelayed = this::isDelayed;
        tables.hook = (operation, isBefore) -> {
            for (int events = random.nextInt(3); events > 0; events--) {
                happen(random.nextInt(100));
            }
            new Reader().finish();
        };
        for (int round = 0; round < 250; round++) {
            // Otherwise the span would seldom be packed.
            isQuiet = random.nextInt(4) > 0;
            if (isQuiet && random.nextInt(4) > 0) {
                writers.forEach(Writer::rest);
            }
            anyOf(packings).pass();
        }
        tables.hook = (operation, isBefore) -> {};
        tables.isDelayed = (operation, work) -> false;
        delayed.forEach(Runnable::run);
        readers.forEach(Reader::finish);
        for (int pass = 0; pass < 3; pass++) {
            tables.nowMillis += 32 * HOUR;
            packings.get(0).pass();
        }
        assertThat(tables.current().pack()).isPresent();
        new Reader().finish();
    }

    private boolean isDelayed(String operation, Runnable work) {
        if ((operation.equals("complete") || operation.equals("retire")) && random.nextInt(3) == 0) {
            delayed.add(work);
            throw UnavailableStore.failure();
        }
        return false;
    }

    private void happen(int event) {
        if (event < writes) {
            if (!isQuiet) {
                anyOf(writers).step();
            }
        } else if (event < writes + jumps) {
            tables.nowMillis += random.nextInt(6) == 0 ? 30 * HOUR : HOUR / 3;
        } else if (event < 60) {
            nested(anyOf(packings)::pass);
        } else if (event < 63) {
            nested(this::hurry);
        } else if (event < 65) {
            tables.nowMillis += MINUTE / 3;
        } else if (event < 67) {
            throw UnavailableStore.failure();
        } else if (event < 70) {
            if (!delayed.isEmpty()) {
                delayed.remove().run();
            }
        } else if (event < 85) {
            readers.add(new Reader());
        } else if (!readers.isEmpty()) {
            readers.remove(random.nextInt(4) == 0 ? random.nextInt(readers.size()) : readers.size() - 1)
                    .finish();
        }
    }

    /** Late writes and passes of several replicas in a moment, while a reader has read marks. */
    private void hurry() {
        Reader reader = new Reader();
        for (int i = random.nextInt(10); i > 0; i--) {
            anyOf(writers).step();
            anyOf(packings).pass();
        }
        reader.finish();
    }

    /** Other requests happen within these, but not without end. */
    private void nested(Runnable action) {
        if (depth < 3) {
            depth++;
            action.run();
            depth--;
        }
    }

    private <T> T anyOf(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }
}
