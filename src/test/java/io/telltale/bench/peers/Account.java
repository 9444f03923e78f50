package io.telltale.bench.peers;

import java.util.concurrent.atomic.LongAdder;

/** What a peer has made durable, said on standard output as {@code stored <readings> <requests>} whenever it changed. */
final class Account {

    private static final long SAID_EVERY_MILLIS = 20;

    private final LongAdder readings = new LongAdder();
    private final LongAdder requests = new LongAdder();

    Account() {
        Thread thread = new Thread(this::say, "account");
        thread.setDaemon(true);
        thread.start();
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
        long said = 0;
        try {
            while (true) {
                long now = readings.sum();
                if (now != said) {
                    System.out.println("stored " + now + " " + requests.sum());
                    said = now;
                }
                Thread.sleep(SAID_EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
