package io.telltale.local;

/** What sends readings to the stack while {@link LocalTelltale} runs: a simulated fleet, or a file that is replayed. */
sealed interface ReadingSource extends AutoCloseable permits SimulatedReadings, ReplayedReadings {

    /** Begins to send. */
    void start();

    /** Sets what readings do not carry, once the service answers. In the background. */
    default void describeSensors(ApiAccess api) {}

    /** What is sent, for people, e.g. {@code 200 sensors, 1 reading per second each}. */
    String describe();

    /** What the commands to paste ask for. */
    Example example();

    /** Ends sending, and returns when Kafka has what was sent. */
    @Override
    void close();

    /** The source that {@code options} ask for. It has not begun to send. */
    static ReadingSource of(LaunchOptions options, KafkaBroker kafka, Progress progress) {
        return options.replay().isPresent()
                ? new ReplayedReadings(options.replay().get(), options.speed(), kafka.connection(), progress)
                : new SimulatedReadings(options.sensors(), options.rate(), kafka.connection(), progress);
    }

    /**
     * Readings that there are.
     *
     * @param sensor a sensor of which readings are sent
     * @param type its type
     * @param from the beginning of a range in which it has readings, as the service takes it
     */
    record Example(String sensor, String type, String from) {}
}
