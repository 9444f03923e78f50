package io.telltale.local;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a {@link ServiceProcess} is run.
 *
 * @param program the packaged service: its jar, or the native executable
 * @param arguments of the program, behind all options
 * @param jvmOptions such as {@code -Xmx256m}
 * @param httpPort on loopback
 * @param configuration of the service, by its keys
 * @param environment added to that of this JVM
 * @param directory of its log, and its working directory
 */
public record ServiceSettings(
        Path program,
        List<String> arguments,
        List<String> jvmOptions,
        int httpPort,
        Map<String, String> configuration,
        Map<String, String> environment,
        Path directory) {

    static final String TLS_PORT = "quarkus.http.ssl-port";

    private static final String SPARING_HEAP = "-Xmx256m";

    public ServiceSettings {
        arguments = List.copyOf(arguments);
        jvmOptions = List.copyOf(jvmOptions);
        configuration = Map.copyOf(configuration);
        environment = Map.copyOf(environment);
    }

    /**
     * What {@code mvn package} made, the jar or with {@code -Dnative} the executable; at most 256 MB of heap, on a free
     * port, with that Kafka and Cassandra.
     */
    public static ServiceSettings packaged(KafkaBroker kafka, CassandraNode cassandra, Path directory) {
        return packaged(kafka.bootstrapServers(), cassandra, directory);
    }

    /** The same, with the first data center of a cluster. */
    public static ServiceSettings packaged(KafkaBroker kafka, CassandraCluster cluster, Path directory) {
        return packaged(kafka.bootstrapServers(), cluster, cluster.dataCenter(), directory);
    }

    /** The same, with a data center of a cluster, and one or more brokers. */
    public static ServiceSettings packaged(
            String bootstrapServers, CassandraCluster cluster, String dataCenter, Path directory) {
        return packaged(bootstrapServers, cluster.contactPoints(dataCenter), dataCenter, directory);
    }

    /** The same, with one or more brokers. */
    public static ServiceSettings packaged(String bootstrapServers, CassandraNode cassandra, Path directory) {
        return packaged(bootstrapServers, cassandra.contactPoint(), cassandra.datacenter(), directory);
    }

    private static ServiceSettings packaged(
            String bootstrapServers, String contactPoints, String dataCenter, Path directory) {
        return new ServiceSettings(
                packagedProgram(),
                List.of(),
                List.of("-Xmx256m"),
                FreePorts.next(),
                Map.of(
                        "kafka.bootstrap.servers",
                        bootstrapServers,
                        "quarkus.cassandra.contact-points",
                        contactPoints,
                        "quarkus.cassandra.local-datacenter",
                        dataCenter),
                // Not among the keys: a version without the setting, in UpgradeIT, rejects an unknown key only there.
                Map.of("TELLTALE_SECURITY_ENABLED", "false"),
                directory);
    }

    private static Path packagedProgram() {
        String executable = System.getProperty("telltale.executable", "");
        return executable.isEmpty() ? packagedJar() : Path.of(executable);
    }

    /** The jar that {@code mvn package} made. */
    public static Path packagedJar() {
        return Directories.target().resolve("quarkus-app/quarkus-run.jar");
    }

    /** The same with another program, which takes its options before {@code programArguments}. */
    public ServiceSettings withProgram(Path otherProgram, List<String> programArguments) {
        return new ServiceSettings(
                otherProgram, programArguments, jvmOptions, httpPort, configuration, environment, directory);
    }

    public ServiceSettings withHttpPort(int port) {
        return new ServiceSettings(program, arguments, jvmOptions, port, configuration, environment, directory);
    }

    public ServiceSettings withJvmOptions(String... options) {
        return new ServiceSettings(
                program, arguments, List.of(options), httpPort, configuration, environment, directory);
    }

    /**
     * The same in 256 MB of heap, and sparing with processor time where many run. What is no jar is a native
     * executable, which knows neither another collector nor another compiler.
     */
    public ServiceSettings sparing() {
        return program.toString().endsWith(".jar")
                ? withJvmOptions(SPARING_HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                : withJvmOptions(SPARING_HEAP);
    }

    /** The same, and HTTPS beside HTTP, on a free port: {@link ServiceProcess#tlsUrl}. */
    public ServiceSettings withTls(SelfSignedCertificate certificate) {
        return with(TLS_PORT, Integer.toString(FreePorts.next()))
                .with(
                        "quarkus.http.ssl.certificate.key-store-file",
                        certificate.keyStore().toString())
                .with("quarkus.http.ssl.certificate.key-store-password", SelfSignedCertificate.PASSWORD);
    }

    /** The same with HTTPS only, on a port of its own, by certificate and key as PEM files. */
    public ServiceSettings withHttpsOnly(int port, Path certificate, Path key) {
        return with(TLS_PORT, Integer.toString(port))
                .with("quarkus.http.insecure-requests", "disabled")
                .with("quarkus.http.tls-configuration-name", "https")
                .with("quarkus.tls.https.key-store.pem.0.cert", certificate.toString())
                .with("quarkus.tls.https.key-store.pem.0.key", key.toString());
    }

    /** The same with more keys, or other values. */
    public ServiceSettings withAll(Map<String, String> values) {
        Map<String, String> more = new HashMap<>(configuration);
        more.putAll(values);
        return new ServiceSettings(program, arguments, jvmOptions, httpPort, more, environment, directory);
    }

    /** The same without that key. */
    public ServiceSettings without(String key) {
        Map<String, String> fewer = new HashMap<>(configuration);
        fewer.remove(key);
        return new ServiceSettings(program, arguments, jvmOptions, httpPort, fewer, environment, directory);
    }

    /** The same with security on, which needs credentials among the keys. */
    public ServiceSettings secured() {
        return new ServiceSettings(program, arguments, jvmOptions, httpPort, configuration, Map.of(), directory);
    }

    /** It takes the records of this topic alone. */
    public ServiceSettings ofTopic(String topic) {
        return with("mp.messaging.incoming.sensors.topic", topic.replace(".", "[.]"));
    }

    /** One key more, or another value for it. */
    public ServiceSettings with(String key, String value) {
        Map<String, String> more = new HashMap<>(configuration);
        more.put(key, value);
        return new ServiceSettings(program, arguments, jvmOptions, httpPort, more, environment, directory);
    }
}
