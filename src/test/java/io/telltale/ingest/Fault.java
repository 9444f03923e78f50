package io.telltale.ingest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Something that is done to a process while readings stream.
 *
 * @param at how long after the stream began, or as soon after that as the blow before to the same victim is over
 * @param atWork how long a replica has stored readings by then, at least
 */
record Fault(Duration at, Duration atWork, Victim victim, Deed deed) {

    private static final int MAX_MILLIS_AT_WORK = 3_000;

    enum Victim {
        /** The replica that is always there. */
        SERVICE,
        SECOND_REPLICA,
        THIRD_REPLICA,
        CASSANDRA,
        KAFKA
    }

    enum Deed {
        /** It starts. */
        START,
        /** SIGKILL. */
        KILL,
        /** SIGTERM. */
        STOP,
        /** SIGKILL, and it starts again. */
        KILL_AND_START,
        /** SIGTERM, and it starts again. */
        STOP_AND_START,
        /** SIGSTOP, until others have taken over and it does not know, and SIGCONT. */
        FREEZE
    }

    /**
     * How often what is to happen.
     *
     * @param kills of the service
     * @param stops of the service
     * @param cassandraKills of Cassandra
     * @param kafkaKills of Kafka
     * @param stays of each guest, a replica that joins, is frozen, and leaves by SIGTERM or SIGKILL
     * @param guests how many such replicas, up to 2
     */
    record Counts(int kills, int stops, int cassandraKills, int kafkaKills, int stays, int guests) {}

    /** The same seed gives the same blows: each kind spread over the time, at times and in an order of chance. */
    static List<Fault> schedule(long seed, Duration time, Counts counts) {
        Random chance = new Random(seed);
        List<Fault> blows = new ArrayList<>();
        List<Deed> toTheService = new ArrayList<>();
        toTheService.addAll(Collections.nCopies(counts.kills(), Deed.KILL_AND_START));
        toTheService.addAll(Collections.nCopies(counts.stops(), Deed.STOP_AND_START));
        Collections.shuffle(toTheService, chance);
        spread(blows, chance, time, Victim.SERVICE, toTheService);
        spread(
                blows,
                chance,
                time,
                Victim.CASSANDRA,
                Collections.nCopies(counts.cassandraKills(), Deed.KILL_AND_START));
        spread(blows, chance, time, Victim.KAFKA, Collections.nCopies(counts.kafkaKills(), Deed.KILL_AND_START));
        List<Victim> guests = List.of(Victim.SECOND_REPLICA, Victim.THIRD_REPLICA);
        for (Victim guest : guests.subList(0, counts.guests())) {
            for (int stay = 0; stay < counts.stays(); stay++) {
                double slot = (double) time.toMillis() / counts.stays();
                add(blows, chance, slot * (stay + 0.1 * chance.nextDouble()), guest, Deed.START);
                add(blows, chance, slot * (stay + 0.25 + 0.15 * chance.nextDouble()), guest, Deed.FREEZE);
                add(
                        blows,
                        chance,
                        slot * (stay + 0.8 + 0.15 * chance.nextDouble()),
                        guest,
                        chance.nextBoolean() ? Deed.STOP : Deed.KILL);
            }
        }
        blows.sort(Comparator.comparing(Fault::at));
        return blows;
    }

    private static void spread(List<Fault> blows, Random chance, Duration time, Victim victim, List<Deed> deeds) {
        for (int i = 0; i < deeds.size(); i++) {
            double at = (i + 0.1 + 0.6 * chance.nextDouble()) / deeds.size();
            add(blows, chance, time.toMillis() * at, victim, deeds.get(i));
        }
    }

    private static void add(List<Fault> blows, Random chance, double atMillis, Victim victim, Deed deed) {
        Duration atWork = Duration.ofMillis(chance.nextInt(MAX_MILLIS_AT_WORK));
        blows.add(new Fault(Duration.ofMillis((long) atMillis), atWork, victim, deed));
    }

    @Override
    public String toString() {
        return "%.1f s %s %s".formatted(at.toMillis() / 1_000.0, deed, victim);
    }
}
