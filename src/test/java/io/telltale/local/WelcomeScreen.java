package io.telltale.local;

import org.jspecify.annotations.Nullable;

/**
 * What is printed once when all runs: where everything is, and commands to paste.
 *
 * @param security null if the service runs without
 */
record WelcomeScreen(
        LocalStack stack,
        ServiceProcess service,
        ReadingSource readings,
        boolean keep,
        @Nullable LaunchSecurity security) {

    String text() {
        return """

                Telltale runs. Open this page; Ctrl-C ends everything.

                  Page        %1$s/

                  API         %1$s/q/swagger-ui
                  Kafka       %2$s
                  Cassandra   %3$s (data center %4$s)
                  Readings    %5$s
                  Data, logs  %6$s (%7$s)
                %8$s
                To paste into another shell:

                %9$s""".formatted(
                service.baseUrl(),
                stack.kafka().bootstrapServers(),
                stack.cassandra().contactPoint(),
                stack.cassandra().datacenter(),
                readings.describe(),
                stack.directory(),
                keep ? "kept for the next -Dkeep" : "fresh each time; -Dkeep keeps them",
                security == null
                        ? "  Security    off (telltale.security.enabled=false): no request needs a credential\n"
                        : securityOf(security),
                security == null ? openCommands(service.baseUrl(), readings.example()) : securedCommands(security));
    }

    static String openCommands(String baseUrl, ReadingSource.Example example) {
        return """
                  # the latest reading of a sensor
                  curl -sS '%1$s/api/v1/sensors/%2$s/readings/latest'

                  # a range of its readings
                  curl -sS '%1$s/api/v1/sensors/%2$s/readings?from=%4$s'

                  # the same as CSV
                  curl -sS -H 'Accept: text/csv' '%1$s/api/v1/sensors/%2$s/readings?from=%4$s'

                  # live: every reading of a type as it comes
                  curl -sS -N '%1$s/api/v1/readings/stream?type=%3$s'

                  # one reading of a new sensor
                  curl -sS -H 'Content-Type: application/json' \\
                    -d "{\\"sensorId\\":\\"mine\\",\\"type\\":\\"%3$s\\",\\"timestamp\\":$(date +%%s)000,\\"value\\":21.5}" '%1$s/api/v1/readings'

                  # your own CSV, with the header sensorId,type,timestamp,value, instead of the simulated fleet
                  mvn -Plocal -Dreplay=FILE.csv
                """.formatted(baseUrl, example.sensor(), example.type(), example.from());
    }

    private static String securityOf(LaunchSecurity security) {
        return """
                  Security    on: HTTPS only, a credential for each request; TLS and SCRAM to Kafka, TLS and a password
                              to Cassandra. All keys are new, in %1$s
                              user %2$s, password %3$s, of Kafka (SASL_SSL, SCRAM-SHA-512) and of Cassandra
                """.formatted(
                security.directory(), StackSecurity.USER, security.stack().password());
    }

    private String securedCommands(LaunchSecurity security) {
        ReadingSource.Example example = readings.example();
        return """
                  # reader, by a token: the latest reading of a sensor, and every reading of a type as it comes
                  READER=%5$s
                  curl -sS --cacert %4$s -H "Authorization: Bearer $READER" '%1$s/api/v1/sensors/%2$s/readings/latest'
                  curl -sS -N --cacert %4$s -H "Authorization: Bearer $READER" '%1$s/api/v1/readings/stream?type=%3$s'

                  # writer, by an API key: one reading of a new sensor
                  curl -sS --cacert %4$s -H 'X-Api-Key: %6$s' -H 'Content-Type: application/json' \\
                    -d "{\\"sensorId\\":\\"mine\\",\\"type\\":\\"%3$s\\",\\"timestamp\\":$(date +%%s)000,\\"value\\":21.5}" '%1$s/api/v1/readings'

                  # admin, by a token: the layout of a type
                  ADMIN=%7$s
                  curl -sS --cacert %4$s -H "Authorization: Bearer $ADMIN" '%1$s/api/v1/admin/layouts/%3$s'
                """.formatted(
                        service.baseUrl(),
                        example.sensor(),
                        example.type(),
                        security.stack().authorityFile(),
                        security.readerToken(),
                        security.writerKey(),
                        security.adminToken());
    }
}
