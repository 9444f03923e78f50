package io.telltale.local;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

/**
 * Keys, certificates and passwords of a secured stack, made anew for each. Kafka requires TLS and SCRAM; a second
 * listener requires a client certificate instead. Cassandra requires TLS and a password, and gives rights to its users.
 */
public final class StackSecurity {

    /** The user of the service, of Kafka and of Cassandra. */
    public static final String USER = "telltale";

    private static final String OPERATOR = "operator";
    private static final String MECHANISM = "SCRAM-SHA-512";
    private static final String EXPIRED_KEY_STORE = "listener.name.expired.ssl.keystore.location";

    private final Path directory;
    private final CertificateAuthority authority = CertificateAuthority.create("Local stack");
    private final String password = newPassword();
    private final String operatorPassword = newPassword();
    private final int mutualPort = FreePorts.next();
    private final int expiredPort = FreePorts.next();
    private final int optionalPort = FreePorts.next();
    private final Requirement requirement;
    private volatile boolean hasRoles;

    /** What the servers require of their clients. */
    private enum Requirement {
        TLS,
        /** The same, and Kafka has a listener more, whose certificate has expired. */
        TLS_OR_EXPIRED,
        /** Nothing but Cassandra's password. */
        NO_TLS
    }

    private StackSecurity(Path directory, Requirement requirement) {
        this.directory = Directories.create(directory);
        this.requirement = requirement;
        authority.writeTo(authorityFile());
        authority.issue("kafka").writeAll(file("kafka.pem"));
        authority.issueExpired("kafka").writeAll(file("kafka-expired.pem"));
        authority.issue(USER).writeTo(file("client.crt"), file("client.key"));
        cassandraUses(authority.issue("cassandra"));
    }

    /** New keys in that directory. */
    public static StackSecurity in(Path directory) {
        return new StackSecurity(directory, Requirement.TLS);
    }

    /** The same; Kafka has one listener more, whose certificate has expired. */
    public static StackSecurity withExpiredListener(Path directory) {
        return new StackSecurity(directory, Requirement.TLS_OR_EXPIRED);
    }

    /**
     * The same for servers that accept clients with and without TLS, so that both can be compared on the same servers.
     * Kafka has its usual address without TLS and credentials, and another one with both. Cassandra requires a password
     * of all, because a node cannot require it of some.
     */
    public static StackSecurity optional(Path directory) {
        return new StackSecurity(directory, Requirement.NO_TLS);
    }

    private static String newPassword() {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    /** Issues all certificates. */
    public CertificateAuthority authority() {
        return authority;
    }

    /** The certificate of the authority, as PEM. */
    public Path authorityFile() {
        return file("ca.crt");
    }

    /** The password of {@link #USER}. */
    public String password() {
        return password;
    }

    /** The address of Kafka's listener for client certificates. */
    public String mutualBootstrapServers() {
        return FreePorts.LOOPBACK + ":" + mutualPort;
    }

    /** The address of Kafka's listener with an expired certificate. */
    public String expiredBootstrapServers() {
        return FreePorts.LOOPBACK + ":" + expiredPort;
    }

    /** Replaces the certificate of that listener, expired or not, while the broker runs. */
    void expiredListenerUses(IssuedCertificate certificate, Admin admin) throws Exception {
        // Another name is a changed setting, after which Kafka reads the file.
        Path renewed = file("kafka-%x.pem".formatted(certificate.certificate().getSerialNumber()));
        certificate.writeAll(renewed);
        Node broker = admin.describeCluster().controller().get(30, TimeUnit.SECONDS);
        ConfigEntry location = new ConfigEntry(EXPIRED_KEY_STORE, renewed.toString());
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.BROKER, broker.idString()),
                        List.of(new AlterConfigOp(location, AlterConfigOp.OpType.SET))))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    /** What {@code StorageTool format} needs. */
    List<String> kafkaFormatOptions() {
        return List.of("--add-scram", scram(OPERATOR, operatorPassword), "--add-scram", scram(USER, password));
    }

    private static String scram(String user, String password) {
        return "%s=[name=%s,password=%s]".formatted(MECHANISM, user, password);
    }

    /** Settings of the broker, which override those without security. */
    Map<String, String> kafkaSettings(KafkaPlace place) {
        Map<String, String> settings = new HashMap<>();
        String listeners = listeners(place);
        settings.put("listeners", listeners + ",CONTROLLER://127.0.0.1:" + place.controllerPort());
        settings.put("advertised.listeners", listeners);
        settings.put(
                "listener.security.protocol.map",
                "SECURE:SASL_SSL,MUTUAL:SSL,EXPIRED:SASL_SSL,PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "SECURE");
        settings.put("sasl.enabled.mechanisms", MECHANISM);
        settings.put("sasl.mechanism.inter.broker.protocol", MECHANISM);
        settings.put("ssl.keystore.type", "PEM");
        settings.put("ssl.keystore.location", file("kafka.pem").toString());
        settings.put("ssl.truststore.type", "PEM");
        settings.put("ssl.truststore.location", authorityFile().toString());
        settings.put("listener.name.mutual.ssl.client.auth", "required");
        settings.put("listener.name.expired.ssl.keystore.type", "PEM");
        settings.put(EXPIRED_KEY_STORE, file("kafka-expired.pem").toString());
        for (String listener : List.of("secure", "expired")) {
            settings.put(
                    "listener.name.%s.scram-sha-512.sasl.jaas.config".formatted(listener),
                    login(OPERATOR, operatorPassword));
        }
        return settings;
    }

    /** All but that of the controller. The one at the place's port is for clients that know no other address. */
    private String listeners(KafkaPlace place) {
        return switch (requirement) {
            case TLS -> "SECURE://127.0.0.1:%d,MUTUAL://127.0.0.1:%d".formatted(place.port(), mutualPort);
            case TLS_OR_EXPIRED ->
                "SECURE://127.0.0.1:%d,MUTUAL://127.0.0.1:%d,EXPIRED://127.0.0.1:%d"
                        .formatted(place.port(), mutualPort, expiredPort);
            case NO_TLS -> "PLAIN://127.0.0.1:%d,SECURE://127.0.0.1:%d".formatted(place.port(), optionalPort);
        };
    }

    /** The value of {@code sasl.jaas.config} for a user. */
    public static String login(String user, String password) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
                .formatted(user, password);
    }

    /** Settings of a client with all rights, besides the address. */
    Map<String, Object> kafkaClient() {
        if (requirement == Requirement.NO_TLS) {
            return Map.of();
        }
        return Map.of(
                "security.protocol",
                "SASL_SSL",
                "sasl.mechanism",
                MECHANISM,
                "sasl.jaas.config",
                login(OPERATOR, operatorPassword),
                "ssl.truststore.type",
                "PEM",
                "ssl.truststore.location",
                authorityFile().toString());
    }

    /** What {@code cassandra.yaml} has in addition. */
    String cassandraYaml() {
        return """
                authenticator: PasswordAuthenticator
                authorizer: CassandraAuthorizer
                role_manager: CassandraRoleManager
                client_encryption_options:
                  enabled: true
                  optional: %s
                  keystore: '%s'
                  keystore_password: '%s'
                  store_type: PKCS12
                  accepted_protocols: [TLSv1.2, TLSv1.3]
                """.formatted(
                        requirement == Requirement.NO_TLS,
                        file("cassandra.p12").toString().replace("'", "''"),
                        operatorPassword);
    }

    /** Replaces Cassandra's certificate. A running node uses it after {@code nodetool reloadssl}. */
    public void cassandraUses(IssuedCertificate certificate) {
        certificate.writeKeyStore(file("cassandra.p12"), operatorPassword);
    }

    /** The driver's credentials, those of a superuser, and TLS if Cassandra requires it. */
    CqlSessionBuilder secure(CqlSessionBuilder builder) {
        return (requirement == Requirement.NO_TLS ? builder : builder.withSslContext(authority.trusted()))
                .withAuthCredentials(hasRoles ? OPERATOR : "cassandra", hasRoles ? operatorPassword : "cassandra");
    }

    /** Creates the users as an operator would, and removes the one that everybody knows. */
    void createRoles(CassandraNode node) {
        try (CqlSession session = node.connect()) {
            session.execute("CREATE ROLE %s WITH PASSWORD = '%s' AND LOGIN = true AND SUPERUSER = true"
                    .formatted(OPERATOR, operatorPassword));
            session.execute("CREATE ROLE %s WITH PASSWORD = '%s' AND LOGIN = true".formatted(USER, password));
            session.execute("GRANT CREATE ON ALL KEYSPACES TO " + USER);
        }
        hasRoles = true;
        try (CqlSession session = node.connect()) {
            session.execute("DROP ROLE cassandra");
        }
    }

    /** Settings of the service: TLS and SCRAM to Kafka, TLS and a password to Cassandra. */
    public Map<String, String> serviceSettings() {
        Map<String, String> settings = new HashMap<>(passwordSettings());
        if (requirement == Requirement.NO_TLS) {
            settings.put("kafka.bootstrap.servers", FreePorts.LOOPBACK + ":" + optionalPort);
        }
        settings.put("kafka.security.protocol", "SASL_SSL");
        settings.put("kafka.sasl.mechanism", MECHANISM);
        settings.put("kafka.sasl.jaas.config", login(USER, password));
        settings.put("kafka.tls-configuration-name", "kafka");
        settings.put("quarkus.tls.kafka.trust-store.pem.certs", authorityFile().toString());
        settings.put("telltale.storage.tls-configuration-name", "cassandra");
        settings.put(
                "quarkus.tls.cassandra.trust-store.pem.certs", authorityFile().toString());
        return settings;
    }

    /** Settings of a service without TLS: the password to Cassandra. */
    public Map<String, String> passwordSettings() {
        return Map.of("quarkus.cassandra.auth.username", USER, "quarkus.cassandra.auth.password", password);
    }

    /** What the service needs for a client certificate instead of SCRAM to Kafka. */
    public Map<String, String> clientCertificateSettings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("kafka.security.protocol", "SSL");
        settings.put("kafka.bootstrap.servers", mutualBootstrapServers());
        settings.put(
                "quarkus.tls.kafka.key-store.pem.0.cert", file("client.crt").toString());
        settings.put("quarkus.tls.kafka.key-store.pem.0.key", file("client.key").toString());
        return settings;
    }
}
