package io.telltale.local;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a {@link ServiceProcess} is run.
 *
 * @param jar the packaged service
 * @param jvmOptions such as {@code -Xmx256m}
 * @param httpPort on loopback
 * @param configuration of the service, by its keys
 * @param environment added to that of this JVM
 * @param directory of its log, and its working directory
 */
public record ServiceSettings(
        Path jar,
        List<String> jvmOptions,
        int httpPort,
        Map<String, String> configuration,
        Map<String, String> environment,
        Path directory) {

    public ServiceSettings {
        jvmOptions = List.copyOf(jvmOptions);
        configuration = Map.copyOf(configuration);
        environment = Map.copyOf(environment);
    }

    /** The jar that {@code mvn package} made, at most 256 MB of heap, on a free port, with that Kafka and Cassandra. */
    public static ServiceSettings packaged(KafkaBroker kafka, CassandraNode cassandra, Path directory) {
        return packaged(kafka, cassandra.contactPoint(), directory);
    }

    /** The same, with a ring. */
    public static ServiceSettings packaged(KafkaBroker kafka, CassandraRing ring, Path directory) {
        return packaged(kafka, ring.contactPoints(), directory);
    }

    private static ServiceSettings packaged(KafkaBroker kafka, String contactPoints, Path directory) {
        return new ServiceSettings(
                Directories.target().resolve("quarkus-app/quarkus-run.jar"),
                List.of("-Xmx256m"),
                FreePorts.next(),
                Map.of(
                        "kafka.bootstrap.servers",
                        kafka.bootstrapServers(),
                        "quarkus.cassandra.contact-points",
                        contactPoints,
                        "quarkus.cassandra.local-datacenter",
                        CassandraNode.DATACENTER),
                Map.of(),
                directory);
    }

    public ServiceSettings withHttpPort(int port) {
        return new ServiceSettings(jar, jvmOptions, port, configuration, environment, directory);
    }

    public ServiceSettings withJvmOptions(String... options) {
        return new ServiceSettings(jar, List.of(options), httpPort, configuration, environment, directory);
    }

    /** One key more, or another value for it. */
    public ServiceSettings with(String key, String value) {
        Map<String, String> more = new HashMap<>(configuration);
        more.put(key, value);
        return new ServiceSettings(jar, jvmOptions, httpPort, more, environment, directory);
    }
}
