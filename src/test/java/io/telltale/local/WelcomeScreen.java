package io.telltale.local;

/** What is printed once when all runs: where everything is, and commands to paste. */
record WelcomeScreen(LocalStack stack, ServiceProcess service, ReadingSource readings, boolean keep) {

    String text() {
        ReadingSource.Example example = readings.example();
        return """

                Telltale runs. Open this page; Ctrl-C ends everything.

                  Page        %1$s/

                  API         %1$s/q/swagger-ui
                  Kafka       %2$s
                  Cassandra   %3$s (data centre %4$s)
                  Readings    %5$s
                  Data, logs  %6$s (%7$s)
                  Security    off (telltale.security.enabled=false): no request needs a credential

                To paste into another shell:

                  # the latest reading of a sensor
                  curl -sS '%1$s/api/v1/sensors/%8$s/readings/latest'

                  # a range of its readings
                  curl -sS '%1$s/api/v1/sensors/%8$s/readings?from=%10$s'

                  # the same as CSV
                  curl -sS -H 'Accept: text/csv' '%1$s/api/v1/sensors/%8$s/readings?from=%10$s'

                  # live: every reading of a type as it comes
                  curl -sS -N '%1$s/api/v1/readings/stream?type=%9$s'
                """.formatted(
                        service.baseUrl(),
                        stack.kafka().bootstrapServers(),
                        stack.cassandra().contactPoint(),
                        stack.cassandra().datacenter(),
                        readings.describe(),
                        stack.directory(),
                        keep ? "kept for the next -Dkeep" : "fresh each time; -Dkeep keeps them",
                        example.sensor(),
                        example.type(),
                        example.from());
    }
}
