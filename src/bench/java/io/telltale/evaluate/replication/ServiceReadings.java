package io.telltale.evaluate.replication;

import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Write;
import io.telltale.evaluate.replication.ServiceSide.Reading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The readings that both sides post, and the questions about them. In each step each sensor has a reading of each side.
 */
final class ServiceReadings {

    /** Instants of a step: one of each side, and a contested one. */
    private static final int INSTANTS = 3;

    private static final int CONTESTED = 2;

    private final long startMillis;
    private final int sensors;
    private final Ledger ledger;
    private int steps;

    ServiceReadings(long startMillis, int sensors, Ledger ledger) {
        this.startMillis = startMillis;
        this.sensors = sensors;
        this.ledger = ledger;
    }

    /**
     * What a side posts in a step: a reading of each sensor at an instant of its own, and one at a contested instant.
     */
    List<Reading> next(int side, int step) {
        steps = Math.max(steps, step + 1);
        List<Reading> readings = new ArrayList<>();
        for (int sensor = 0; sensor < sensors; sensor++) {
            readings.add(reading(sensor, instant(step, side)));
        }
        readings.add(reading(step % sensors, instant(step, CONTESTED)));
        return readings;
    }

    private Reading reading(int sensor, long instant) {
        long arrival = ledger.nextArrival();
        return new Reading(new History.Key(name(sensor), instant), Long.toString(arrival), arrival);
    }

    private long instant(int step, int number) {
        return startMillis + (long) step * INSTANTS + number;
    }

    private static String name(int sensor) {
        return "evaluated-%02d".formatted(sensor);
    }

    /** Asks for all readings of a sensor. */
    Map<History.Key, String> read(ServiceSide side, int sensor, Phase phase, boolean isFinal) {
        List<History.Key> asked = ledger.writes().stream()
                .map(Write::key)
                .filter(key -> key.sensor().equals(name(sensor)))
                .distinct()
                .toList();
        return side.read(name(sensor), startMillis, instant(steps, 0), asked, phase, isFinal)
                .orElse(Map.of());
    }

    /** Whether a side returns the winner of each acknowledged key, or a later value. */
    boolean hasAll(ServiceSide side, Phase phase) {
        Map<History.Key, String> found = new HashMap<>();
        for (int sensor = 0; sensor < sensors; sensor++) {
            found.putAll(read(side, sensor, phase, false));
        }
        return ledger.winners().values().stream().allMatch(write -> isSeen(write, found));
    }

    /** The share of a side's acknowledged readings, of steps from this one on, that it returns; 0 if there are none. */
    double ownSeenShare(ServiceSide side, int firstStep) {
        Map<History.Key, String> found = new HashMap<>();
        for (int sensor = 0; sensor < sensors; sensor++) {
            found.putAll(read(side, sensor, Phase.FAULT, false));
        }
        List<Write> own = ledger.writesSeenFrom(side.name()).stream()
                .filter(write -> write.acknowledgedMicros() != History.NEVER
                        && write.key().timestampMillis() >= instant(firstStep, 0))
                .toList();
        return own.isEmpty()
                ? 0
                : (double) own.stream().filter(write -> isSeen(write, found)).count() / own.size();
    }

    /**
     * Reads all sensors from all sides, as the final read.
     *
     * @return how many sensors have different answers
     */
    int finalRead(List<ServiceSide> sides) {
        int differing = 0;
        for (int sensor = 0; sensor < sensors; sensor++) {
            Set<Map<History.Key, String>> answers = new HashSet<>();
            for (ServiceSide side : sides) {
                answers.add(read(side, sensor, Phase.HEALING, true));
            }
            differing += answers.size() > 1 ? 1 : 0;
        }
        return differing;
    }

    /** Values are record times. */
    private static boolean isSeen(Write write, Map<History.Key, String> found) {
        String value = found.get(write.key());
        return value != null && Long.parseLong(value) >= write.recordTime();
    }
}
