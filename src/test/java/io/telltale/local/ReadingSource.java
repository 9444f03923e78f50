package io.telltale.local;

/** What sends readings to the stack while {@link LocalTelltale} runs: a simulated fleet, or a file that is replayed. */
interface ReadingSource extends AutoCloseable {

    /** Begins to send. */
    void start();

    /** What is sent, for people, e.g. {@code 200 sensors, 1 reading per second each}. */
    String describe();

    /** A sensor of which readings are sent, for the commands to paste. */
    String exampleSensor();

    /** A type of which readings are sent, likewise. */
    String exampleType();

    /** Sends what is due, and returns when Kafka has it. */
    @Override
    void close();

    /** The source that {@code options} ask for. */
    static ReadingSource of(LaunchOptions options, KafkaBroker kafka) {
        // The seam to io.telltale.simulate: a Simulation, or a Replay where options.replay() is there.
        return new ReadingSource() {
            @Override
            public void start() {}

            @Override
            public String describe() {
                return "none: there is no simulator yet";
            }

            @Override
            public String exampleSensor() {
                return "temperature-0001";
            }

            @Override
            public String exampleType() {
                return "temperature";
            }

            @Override
            public void close() {}
        };
    }
}
