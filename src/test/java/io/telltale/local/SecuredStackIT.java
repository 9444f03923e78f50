package io.telltale.local;

import static io.telltale.local.ServiceReports.awaitLine;
import static io.telltale.local.ServiceReports.awaitNotReady;
import static io.telltale.local.ServiceReports.log;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged service with HTTPS and credentials, on a Kafka and a Cassandra that require TLS and passwords. Correct
 * settings work. Each wrong one is reported in one line that names it, and the service is not ready until it is fixed.
 */
@Tag("servers")
@Tag("long")
class SecuredStackIT {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String RELOAD = "1s";
    private static final String LATER_PASSWORD = "a-password-of-later";

    private static LaunchSecurity security;
    private static LocalStack stack;

    @BeforeAll
    static void start() {
        StackOptions options = StackOptions.forTests();
        security = LaunchSecurity.of(
                StackSecurity.withExpiredListener(options.directory().resolve("security")), options.directory());
        stack = LocalStack.start(options.secured(security.stack()));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    /** On correct settings, but for what a test changes. */
    private static ServiceSettings settings(Path directory) {
        return security.secure(
                        ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                                .sparing(),
                        FreePorts.next())
                .with("quarkus.tls.https.reload-period", RELOAD)
                .with("quarkus.tls.kafka.reload-period", RELOAD)
                .with("quarkus.tls.cassandra.reload-period", RELOAD);
    }

    private static ServiceProcess service(ServiceSettings settings) {
        return new ServiceProcess(settings, security.stack().authority().trusted());
    }

    /** Also that wrong authorities are reported, and replaced without a restart. */
    @Test
    void servesOverHttpsOnceTheAuthoritiesAreRight(@TempDir Path directory) throws Exception {
        Path authority = CertificateAuthority.create("Another").writeTo(directory.resolve("authority.crt"));
        ServiceSettings settings = settings(directory)
                .with("quarkus.tls.kafka.trust-store.pem.certs", authority.toString())
                .with("quarkus.tls.cassandra.trust-store.pem.certs", authority.toString());
        try (ServiceProcess service = service(settings)) {
            service.launch();
            awaitLine(
                    service,
                    "Kafka.*%s.*PKIX path building failed"
                            .formatted(stack.kafka().bootstrapServers()));
            awaitLine(
                    service,
                    "Cassandra.*%s.*PKIX path building failed"
                            .formatted(stack.cassandra().contactPoint()));
            awaitNotReady(service);
            showsNoPassword(service);
            Files.copy(security.stack().authorityFile(), directory.resolve("copy.crt"));
            Files.move(directory.resolve("copy.crt"), authority, StandardCopyOption.REPLACE_EXISTING);
            service.awaitReady();
            assertIsBrief(service);

            postsQueriesAndStreams(service);
            showsNoPassword(service);
            assertThat(body(service, "/api/v1/nothing", "Bearer " + security.adminToken()))
                    .contains("not-found");
            reloadsItsCertificate(service);
        }
    }

    private static void postsQueriesAndStreams(ServiceProcess service) throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .sslContext(security.stack().authority().trusted())
                .build();
        String reader = "Bearer " + security.readerToken();
        String reading = "{\"sensorId\":\"secured-1\",\"type\":\"secured\",\"timestamp\":1769904000000,\"value\":21.5}";
        assertThat(post(client, service, reading)).isEqualTo(202);
        await().atMost(LIMIT).until(() -> service.statusOf("/api/v1/sensors/secured-1/readings/latest", reader) == 200);

        HttpResponse<InputStream> stream = client.send(
                HttpRequest.newBuilder(URI.create(service.baseUrl() + "/api/v1/readings/stream?type=secured"))
                        .header("Authorization", reader)
                        .build(),
                BodyHandlers.ofInputStream());
        try (BufferedReader events = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            CompletableFuture<String> event = CompletableFuture.supplyAsync(() -> firstData(events));
            assertThat(post(client, service, reading)).isEqualTo(202);
            assertThat(event.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).contains("secured-1");
        }
        assertThat(service.statusOf("/api/v1/sensors")).isEqualTo(401);
    }

    /** Ready or not. Both passwords are the same here; the log is searched by {@link #assertIsBrief}. */
    private static void showsNoPassword(ServiceProcess service) throws Exception {
        String admin = "Bearer " + security.adminToken();
        for (String path :
                List.of("/q/health", "/q/metrics", "/api/v1/status", "/api/v1/nothing", "/api/v1/sensors/!")) {
            assertThat(body(service, path, admin))
                    .as(path)
                    .isNotEmpty()
                    .doesNotContain(security.stack().password(), "jaas");
        }
        assertThat(body(service, "/q/metrics", admin)).contains("telltale_");
    }

    private static String firstData(BufferedReader events) {
        return events.lines()
                .filter(line -> line.startsWith("data:") && line.contains("sensorId"))
                .findFirst()
                .orElse("");
    }

    private static int post(HttpClient client, ServiceProcess service, String reading) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(service.baseUrl() + "/api/v1/readings"))
                                .header("X-Api-Key", security.writerKey())
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(reading))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    private static void reloadsItsCertificate(ServiceProcess service) throws Exception {
        URI address = URI.create(service.baseUrl());
        assertThat(serverCertificate(address, "TLSv1.3")).isNotNull();
        assertThatThrownBy(() -> serverCertificate(address, "TLSv1.2")).isInstanceOf(SSLHandshakeException.class);
        IssuedCertificate renewed = security.stack().authority().issue("telltale");
        renewed.writeTo(
                security.directory().resolve("https.crt"), security.directory().resolve("https.key"));
        awaitCertificate(address, renewed);
    }

    private static void awaitCertificate(URI address, IssuedCertificate expected) {
        await().atMost(LIMIT).ignoreExceptions().until(() -> serverCertificate(address, "TLSv1.3")
                .equals(expected.certificate()));
    }

    private static X509Certificate serverCertificate(URI address, String protocol) throws IOException {
        try (SSLSocket socket = (SSLSocket) security.stack()
                .authority()
                .trusted()
                .getSocketFactory()
                .createSocket(address.getHost(), address.getPort())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {protocol});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void expiredCertificatesAreReported(@TempDir Path directory) throws Exception {
        String kafka = security.stack().expiredBootstrapServers();
        cassandraUses(security.stack().authority().issueExpired("cassandra"));
        await().atMost(LIMIT).untilAsserted(() -> assertThatThrownBy(() -> serverCertificate(cassandra(), "TLSv1.3"))
                .isInstanceOf(SSLHandshakeException.class)
                .hasStackTraceContaining("NotAfter"));
        try (ServiceProcess service = service(settings(directory).with("kafka.bootstrap.servers", kafka))) {
            service.launch();
            awaitLine(service, "Kafka.*%s.*NotAfter".formatted(kafka));
            awaitLine(
                    service,
                    "Cassandra.*%s.*NotAfter".formatted(stack.cassandra().contactPoint()));
            awaitNotReady(service);

            renewCassandraCertificate();
            awaitLine(service, "Cassandra is ready");
            kafkaUses(security.stack().authority().issue("kafka"));
            service.awaitReady();
            assertIsBrief(service);
        } finally {
            renewCassandraCertificate();
            kafkaUses(security.stack().authority().issueExpired("kafka"));
        }
    }

    /** Returns when new connections have the new certificate. */
    private static void renewCassandraCertificate() {
        IssuedCertificate renewed = security.stack().authority().issue("cassandra");
        cassandraUses(renewed);
        awaitCertificate(cassandra(), renewed);
    }

    private static void cassandraUses(IssuedCertificate certificate) {
        security.stack().cassandraUses(certificate);
        stack.nodeTool("reloadssl");
    }

    /** At the listener whose certificate has expired. */
    private static void kafkaUses(IssuedCertificate certificate) throws Exception {
        try (Admin admin = stack.kafka().admin()) {
            security.stack().expiredListenerUses(certificate, admin);
        }
    }

    private static URI cassandra() {
        return URI.create("tls://" + stack.cassandra().contactPoint());
    }

    /**
     * The certificates name 127.0.0.1 only. In the second service, Kafka accepts a client certificate, and HTTPS also
     * has TLS 1.2.
     */
    @Test
    void wrongHostNamesAreReported(@TempDir Path ofKafka, @TempDir Path ofCassandra) throws Exception {
        String kafka = stack.kafka().bootstrapServers().replace(FreePorts.LOOPBACK, "localhost");
        String cassandra = stack.cassandra().contactPoint().replace(FreePorts.LOOPBACK, "localhost");
        try (ServiceProcess first = service(settings(ofKafka).with("kafka.bootstrap.servers", kafka));
                ServiceProcess second = service(settings(ofCassandra)
                        .without("kafka.sasl.mechanism")
                        .without("kafka.sasl.jaas.config")
                        .withAll(security.stack().clientCertificateSettings())
                        .with("quarkus.tls.https.protocols", "TLSv1.3,TLSv1.2")
                        .with("quarkus.cassandra.contact-points", cassandra))) {
            first.launch();
            second.launch();
            awaitLine(first, "Kafka.*localhost.*No name matching localhost");
            awaitLine(first, "Cassandra is ready");
            awaitNotReady(first);
            assertIsBrief(first);

            awaitLine(second, "Cassandra.*localhost.*No name matching localhost");
            await().atMost(LIMIT)
                    .until(() -> body(second, "/q/health/ready", "").contains("\"kafka\": \"available\""));
            awaitNotReady(second);
            assertThat(serverCertificate(URI.create(second.baseUrl()), "TLSv1.2"))
                    .isNotNull();
            assertIsBrief(second);
        }
    }

    @Test
    void wrongPasswordsAreReported(@TempDir Path ofKafka, @TempDir Path ofCassandra) throws Exception {
        try (ServiceProcess first = service(settings(ofKafka)
                        .with("kafka.sasl.jaas.config", StackSecurity.login(StackSecurity.USER, LATER_PASSWORD)));
                ServiceProcess second =
                        service(settings(ofCassandra).with("quarkus.cassandra.auth.password", LATER_PASSWORD))) {
            first.launch();
            second.launch();
            assertThat(second.onEnd().get(LIMIT.toSeconds(), TimeUnit.SECONDS)).contains("exit code 1");
            awaitLine(second, "FATAL.*Cassandra.*quarkus.cassandra.auth.password.*127.0.0.1");
            assertIsBrief(second);

            awaitLine(
                    first,
                    "Kafka.*%s.*kafka.sasl.jaas.config".formatted(stack.kafka().bootstrapServers()));
            awaitNotReady(first);
            assertIsBrief(first);
            setKafkaPassword(LATER_PASSWORD);
            first.awaitReady();
        } finally {
            setKafkaPassword(security.stack().password());
        }
    }

    @Test
    void aClientCertificateThatKafkaDoesNotTrustIsReported(@TempDir Path directory) throws Exception {
        Path certificate = directory.resolve("client.crt");
        Path key = directory.resolve("client.key");
        CertificateAuthority.create("Another").issue("telltale").writeTo(certificate, key);
        String kafka = security.stack().mutualBootstrapServers();
        try (ServiceProcess service = service(settings(directory)
                .without("kafka.sasl.mechanism")
                .without("kafka.sasl.jaas.config")
                .withAll(security.stack().clientCertificateSettings())
                .with("quarkus.tls.kafka.key-store.pem.0.cert", certificate.toString())
                .with("quarkus.tls.kafka.key-store.pem.0.key", key.toString()))) {
            long startNanos = System.nanoTime();
            service.launch();
            awaitLine(service, "Cassandra is ready");
            awaitLine(service, "Kafka at %s: TLS fails; .*fatal alert".formatted(kafka));
            awaitNotReady(service);
            // It is repeated every 10 s, not by each client and each attempt.
            long lines = log(service)
                    .lines()
                    .filter(line -> line.contains("Kafka at " + kafka))
                    .count();
            assertThat(lines)
                    .isBetween(
                            1L,
                            2 + Duration.ofNanos(System.nanoTime() - startNanos).toSeconds() / 10);
            assertIsBrief(service);

            Path trusted =
                    Path.of(security.stack().clientCertificateSettings().get("quarkus.tls.kafka.key-store.pem.0.cert"));
            Files.copy(trusted.resolveSibling("client.key"), key, StandardCopyOption.REPLACE_EXISTING);
            Files.copy(trusted, certificate, StandardCopyOption.REPLACE_EXISTING);
            service.awaitReady();
        }
    }

    @Test
    void httpsRequiresClientCertificates(@TempDir Path directory) {
        ServiceSettings settings = settings(directory)
                .with("telltale.security.client-certificates", "required")
                .with(
                        "quarkus.tls.https.trust-store.pem.certs",
                        security.stack().authorityFile().toString());
        CertificateAuthority authority = security.stack().authority();
        IssuedCertificate unknown = CertificateAuthority.create("Another").issue("client");
        try (ServiceProcess service = new ServiceProcess(settings, authority.trusted(authority.issue("client")))) {
            service.start();
            // These connect to the same service.
            assertThat(service(settings).statusOf("/q/health/live")).isZero();
            assertThat(new ServiceProcess(settings, authority.trusted(unknown)).statusOf("/q/health/live"))
                    .isZero();
            assertThat(service.statusOf("/q/health/live")).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kafka.tls-configuration-name",
                "telltale.storage.tls-configuration-name",
                "quarkus.http.tls-configuration-name"
            })
    void anUnknownTlsConfigurationIsReported(String setting, @TempDir Path directory) throws Exception {
        try (ServiceProcess service = service(settings(directory).with(setting, "no"))) {
            service.launch();
            assertThat(service.onEnd().get(LIMIT.toSeconds(), TimeUnit.SECONDS)).contains("exit code 1");
            awaitLine(service, setting + " is 'no', and there is no.*expected one of cassandra, https, kafka");
            assertIsBrief(service);
        }
    }

    private static String body(ServiceProcess service, String path, String authorization) throws Exception {
        return ServiceReports.body(
                service, path, authorization, security.stack().authority());
    }

    private static void assertIsBrief(ServiceProcess service) {
        ServiceReports.assertIsBrief(service, security.stack().password(), LATER_PASSWORD);
    }

    private static void setKafkaPassword(String password) throws Exception {
        try (Admin admin = stack.kafka().admin()) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            StackSecurity.USER,
                            new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4_096),
                            password)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }
}
