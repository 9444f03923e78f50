package io.telltale.evaluate.streaming;

import io.telltale.evaluate.streaming.LagSeries.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;

/**
 * Samples the lag of a consumer group. It asks Kafka and not the service, which may be frozen or dead. While Kafka does
 * not answer, there are no samples.
 */
final class LagWatch implements AutoCloseable {

    private static final Duration EVERY = Duration.ofMillis(250);
    private static final int ANSWER_LIMIT_MILLIS = 2_000;

    private final Admin admin;
    private final String group;
    private final IntSupplier acknowledged;
    private final long earlier;
    private final long beginNanos = System.nanoTime();
    private final ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor();
    private final List<Sample> samples = new ArrayList<>();

    /**
     * Begins to sample.
     *
     * @param acknowledged how many records Kafka has acknowledged
     * @param earlier how many records the topic had before the first of these
     */
    LagWatch(Admin admin, String group, IntSupplier acknowledged, long earlier) {
        this.admin = admin;
        this.group = group;
        this.acknowledged = acknowledged;
        this.earlier = earlier;
        ScheduledFuture<?> unused =
                sampler.scheduleAtFixedRate(this::sample, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sample() {
        try {
            long committed = admin
                    .listConsumerGroupOffsets(
                            group, new ListConsumerGroupOffsetsOptions().timeoutMs(ANSWER_LIMIT_MILLIS))
                    .partitionsToOffsetAndMetadata()
                    .get(ANSWER_LIMIT_MILLIS, TimeUnit.MILLISECONDS)
                    .values()
                    .stream()
                    .filter(Objects::nonNull)
                    .mapToLong(offset -> offset.offset())
                    .sum();
            double lag = Math.max(0, earlier + acknowledged.getAsInt() - committed);
            synchronized (samples) {
                samples.add(new Sample(seconds(), lag));
            }
        } catch (ExecutionException | TimeoutException e) {
            // The next sample tries again: a coordinator that was killed is replaced after some seconds.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The time on the axis of the series. */
    double seconds() {
        return (System.nanoTime() - beginNanos) / 1e9;
    }

    LagSeries series() {
        synchronized (samples) {
            return new LagSeries(samples);
        }
    }

    @Override
    public void close() {
        sampler.shutdownNow();
        admin.close(Duration.ZERO);
    }
}
