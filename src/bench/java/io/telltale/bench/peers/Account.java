package io.telltale.bench.peers;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a peer has made durable, said on standard output as {@code stored <readings> <requests>} whenever it changed.
 */
final class Account {

    private static final long SAID_EVERY_MILLIS = 20;

    private final LongAdder readings = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private long said;

    Account() {
        ScheduledExecutorService speaker = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "account");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused =
                speaker.scheduleWithFixedDelay(this::say, 0, SAID_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** One request more was acknowledged, with so many readings in it. */
    void stored(int readingsInRequest) {
        readings.add(readingsInRequest);
        requests.increment();
    }

    /** Ends the process: what a peer cannot write it does not try again, and its round does not count. */
    static void fail(Throwable failure) {
        failure.printStackTrace();
        Runtime.getRuntime().halt(1);
    }

    private void say() {
        long now = readings.sum();
        if (now != said) {
            System.out.println("stored " + now + " " + requests.sum());
            said = now;
        }
    }
}
