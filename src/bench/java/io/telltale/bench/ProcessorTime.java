package io.telltale.bench;

import java.time.Duration;

/**
 * Processor time that processes have used, user and system, as {@code /proc/<pid>/stat} counts it: in steps of 10 ms.
 *
 * @param client of the contestant
 * @param kafka of Kafka
 * @param cassandra of Cassandra
 */
public record ProcessorTime(Duration client, Duration kafka, Duration cassandra) {

    /** Of the processes since their start. */
    public static ProcessorTime of(long clientPid, long kafkaPid, long cassandraPid) {
        return new ProcessorTime(of(clientPid), of(kafkaPid), of(cassandraPid));
    }

    public static Duration of(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow(() -> new BenchException("process %d is gone".formatted(pid)));
    }

    public ProcessorTime since(ProcessorTime before) {
        return new ProcessorTime(
                client.minus(before.client), kafka.minus(before.kafka), cassandra.minus(before.cassandra));
    }

    /** Shared out among readings. */
    public Micros per(long readings) {
        return new Micros(micros(client, readings), micros(kafka, readings), micros(cassandra, readings));
    }

    private static double micros(Duration time, long readings) {
        return readings == 0 ? Double.NaN : time.toNanos() / 1_000.0 / readings;
    }

    /** Microseconds of processor time per reading, by process. */
    public record Micros(double client, double kafka, double cassandra) {

        double all() {
            return client + kafka + cassandra;
        }
    }
}
