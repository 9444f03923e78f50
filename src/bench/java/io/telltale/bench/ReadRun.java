package io.telltale.bench;

import io.telltale.bench.LoadRun.Latency;

/**
 * One reader's reads of ranges of one length in one round, one after another: a closed loop, so what it says of latency
 * holds for one client.
 *
 * @param reader who read
 * @param what was read, in words
 * @param readings in each range
 * @param seconds that all reads took
 * @param latency of a whole read, in milliseconds
 * @param micros processor time per reading; {@code client} is that of the reader's process, not of who asks it
 */
record ReadRun(String reader, String what, int readings, double seconds, Latency latency, ProcessorTime.Micros micros) {

    double readingsPerSecond() {
        return readings * (double) latency.count() / seconds;
    }
}
