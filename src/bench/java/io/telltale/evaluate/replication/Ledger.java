package io.telltale.evaluate.replication;

import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.History.Write;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What the clients of all sides of a cell sent and received. A side is a data center. */
final class Ledger {

    /** Record times of contested keys are permuted in groups of eight, so that later writes often lose. */
    private static final long PERMUTATION = 5;

    private final Instant start = Instant.now();
    private final long startNanos = System.nanoTime();
    private final AtomicLong arrivals = new AtomicLong();
    private final List<Sent> sent = new ArrayList<>();
    private final Map<String, List<Read>> reads = new HashMap<>();

    private record Sent(String side, Write write) {}

    /** The clock of all records here. */
    long micros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos);
    }

    /** The order of a write among all others; from 1. */
    long nextArrival() {
        return arrivals.incrementAndGet();
    }

    /** Unique; of keys that several sides write, in another order than that of arrival. */
    static long recordTime(long arrival, boolean isContested) {
        return 1 + (isContested ? arrival ^ PERMUTATION : arrival);
    }

    /**
     * Adds a write that has ended.
     *
     * @param isAcknowledged false if it failed or timed out: it may be stored or not
     */
    synchronized void add(
            String side, History.Key key, String value, long recordTime, long arrival, boolean isAcknowledged) {
        long end = isAcknowledged ? micros() : History.NEVER;
        sent.add(new Sent(side, new Write(key, value, recordTime, arrival, end, end)));
    }

    /**
     * Adds a reading that a service was sent. Kafka keeps accepted ones; readers have them some time later. So only a
     * response that states a later {@code ingestedThrough} may be checked for them: see {@link ServiceSide#read}.
     *
     * @param arrival also the order of record times
     */
    synchronized void addPosted(String side, History.Key key, String value, long arrival, boolean isAccepted) {
        add(side, key, value, arrival, arrival, isAccepted);
    }

    /** When an instant of the wall clock was, or will be, by the clock here. */
    long microsAt(Instant instant) {
        return ChronoUnit.MICROS.between(start, instant);
    }

    /** The keys that a side has acknowledged before a time. */
    synchronized List<History.Key> acknowledgedBefore(String side, long micros) {
        return sent.stream()
                .filter(entry -> entry.side().equals(side) && entry.write().acknowledgedMicros() < micros)
                .map(entry -> entry.write().key())
                .distinct()
                .toList();
    }

    synchronized void add(String side, Read read) {
        reads.computeIfAbsent(side, unknown -> new ArrayList<>()).add(read);
    }

    /**
     * All writes as the readers of a side may expect them before healing. What the other side has acknowledged they may
     * see or not.
     */
    synchronized List<Write> writesSeenFrom(String side) {
        return sent.stream()
                .map(entry -> entry.side().equals(side) ? entry.write() : unexpected(entry.write()))
                .toList();
    }

    /** All writes with their acknowledgments: what the final read must return on each side. */
    synchronized List<Write> writes() {
        return sent.stream().map(Sent::write).toList();
    }

    synchronized List<Read> readsOf(String side) {
        return List.copyOf(reads.getOrDefault(side, List.of()));
    }

    /** The acknowledged write with the highest record time of each key. */
    synchronized Map<History.Key, Write> winners() {
        Map<History.Key, Write> winners = new HashMap<>();
        sent.stream()
                .map(Sent::write)
                .filter(Ledger::isAcknowledged)
                .forEach(write -> winners.merge(
                        write.key(), write, (one, other) -> one.recordTime() > other.recordTime() ? one : other));
        return winners;
    }

    /** The record time of each value that was sent; values are unique. */
    synchronized Map<String, Long> recordTimes() {
        Map<String, Long> recordTimes = new HashMap<>();
        sent.forEach(
                entry -> recordTimes.put(entry.write().value(), entry.write().recordTime()));
        return recordTimes;
    }

    synchronized long acknowledged() {
        return sent.stream().map(Sent::write).filter(Ledger::isAcknowledged).count();
    }

    private static boolean isAcknowledged(Write write) {
        return write.acknowledgedMicros() != History.NEVER;
    }

    private static Write unexpected(Write write) {
        return new Write(write.key(), write.value(), write.recordTime(), write.arrival(), History.NEVER, History.NEVER);
    }
}
