package io.telltale.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How many readings each sensor of a fleet has, and a checksum of their times and values that does not depend on their
 * order. Two accounts of the same readings are the same; a reading more, less or other shows with its sensor.
 */
final class FleetAccount {

    private static final long TIMES = 0x9E37_79B9_7F4A_7C15L;
    private static final long VALUES = 0xC2B2_AE3D_27D4_EB4FL;

    private final long[] counts;
    private final long[] checksums;

    FleetAccount(int sensors) {
        this.counts = new long[sensors];
        this.checksums = new long[sensors];
    }

    /**
     * What is stored of a fleet.
     *
     * @param besides a sensor that is there too, and not of the fleet
     */
    static FleetAccount of(StoredReadings stored, int sensors, String besides) {
        FleetAccount account = new FleetAccount(sensors);
        Map<String, Integer> numbers = new HashMap<>();
        for (int sensor = 0; sensor < sensors; sensor++) {
            numbers.put(Backlog.id(sensor), sensor);
        }
        stored.forEach((sensorId, timestampMillis, value) -> {
            Integer sensor = numbers.get(sensorId);
            if (sensor != null) {
                account.add(sensor, timestampMillis, Math.round(value * 100));
            } else if (!sensorId.equals(besides)) {
                throw new BenchException("sensor %s is stored, and sent nothing".formatted(sensorId));
            }
        });
        return account;
    }

    /** @param cents hundredths of the value */
    void add(int sensor, long timestampMillis, long cents) {
        counts[sensor]++;
        long mixed = timestampMillis * TIMES + cents * VALUES;
        checksums[sensor] += (mixed ^ (mixed >>> 29)) * TIMES;
    }

    /** The first sensor that has other readings in this account than in the other, in words; empty if none has. */
    Optional<String> differsFrom(FleetAccount sent) {
        for (int sensor = 0; sensor < counts.length; sensor++) {
            if (counts[sensor] != sent.counts[sensor] || checksums[sensor] != sent.checksums[sensor]) {
                return Optional.of("sensor %s has %d readings, checksum %x; sent were %d, %x"
                        .formatted(
                                Backlog.id(sensor),
                                counts[sensor],
                                checksums[sensor],
                                sent.counts[sensor],
                                sent.checksums[sensor]));
            }
        }
        return Optional.empty();
    }
}
