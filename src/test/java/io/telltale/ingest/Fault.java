package io.telltale.ingest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A fault that is injected into a process under load.
 *
 * @param at the time since the start of the load; later if the fault before of the same victim takes longer
 * @param atWork the minimum time since the replica stored its first reading
 */
record Fault(Duration at, Duration atWork, Victim victim, Deed deed) {

    private static final int MAX_MILLIS_AT_WORK = 3_000;

    enum Victim {
        /** The replica that never leaves. */
        SERVICE,
        SECOND_REPLICA,
        THIRD_REPLICA,
        CASSANDRA,
        KAFKA
    }

    enum Deed {
        /** Starts the process. */
        START,
        /** SIGKILL. */
        KILL,
        /** SIGTERM. */
        STOP,
        /** SIGKILL and restart. */
        KILL_AND_START,
        /** SIGTERM and restart. */
        STOP_AND_START,
        /** SIGSTOP until other replicas own the partitions, then SIGCONT. */
        FREEZE
    }

    /**
     * The number of faults of each kind.
     *
     * @param kills the kills of the service
     * @param stops the stops of the service
     * @param stays how often each guest joins, freezes, and leaves by SIGTERM or SIGKILL
     * @param guests the additional replicas, up to 2
     */
    record Counts(int kills, int stops, int cassandraKills, int kafkaKills, int stays, int guests) {}

    /** The schedule of a seed: each kind spread over the time, at random times in random order. */
    static List<Fault> schedule(long seed, Duration time, Counts counts) {
        Random random = new Random(seed);
        List<Fault> faults = new ArrayList<>();
        List<Deed> ofTheService = new ArrayList<>();
        ofTheService.addAll(Collections.nCopies(counts.kills(), Deed.KILL_AND_START));
        ofTheService.addAll(Collections.nCopies(counts.stops(), Deed.STOP_AND_START));
        Collections.shuffle(ofTheService, random);
        spread(faults, random, time, Victim.SERVICE, ofTheService);
        spread(
                faults,
                random,
                time,
                Victim.CASSANDRA,
                Collections.nCopies(counts.cassandraKills(), Deed.KILL_AND_START));
        spread(faults, random, time, Victim.KAFKA, Collections.nCopies(counts.kafkaKills(), Deed.KILL_AND_START));
        List<Victim> guests = List.of(Victim.SECOND_REPLICA, Victim.THIRD_REPLICA);
        for (Victim guest : guests.subList(0, counts.guests())) {
            for (int stay = 0; stay < counts.stays(); stay++) {
                double slot = (double) time.toMillis() / counts.stays();
                add(faults, random, slot * (stay + 0.1 * random.nextDouble()), guest, Deed.START);
                add(faults, random, slot * (stay + 0.25 + 0.15 * random.nextDouble()), guest, Deed.FREEZE);
                add(
                        faults,
                        random,
                        slot * (stay + 0.8 + 0.15 * random.nextDouble()),
                        guest,
                        random.nextBoolean() ? Deed.STOP : Deed.KILL);
            }
        }
        faults.sort(Comparator.comparing(Fault::at));
        return faults;
    }

    private static void spread(List<Fault> faults, Random random, Duration time, Victim victim, List<Deed> deeds) {
        for (int i = 0; i < deeds.size(); i++) {
            double at = (i + 0.1 + 0.6 * random.nextDouble()) / deeds.size();
            add(faults, random, time.toMillis() * at, victim, deeds.get(i));
        }
    }

    private static void add(List<Fault> faults, Random random, double atMillis, Victim victim, Deed deed) {
        Duration atWork = Duration.ofMillis(random.nextInt(MAX_MILLIS_AT_WORK));
        faults.add(new Fault(Duration.ofMillis((long) atMillis), atWork, victim, deed));
    }

    @Override
    public String toString() {
        return "%.1f s %s %s".formatted(at.toMillis() / 1_000.0, deed, victim);
    }
}
