package io.telltale.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;

/**
 * The service as in production: the packaged jar in a JVM of its own, or the native executable. Ready means that
 * {@code /q/health/ready} is up. Several of them are replicas.
 */
public final class ServiceProcess extends ServerProcess implements AutoCloseable {

    /** What a stop may take by contract. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

    private final ServiceSettings settings;
    private final boolean isHttpsOnly;
    private final HttpClient http;

    public ServiceProcess(ServiceSettings settings) {
        super("The service", STOP_LIMIT);
        this.settings = settings;
        this.isHttpsOnly = false;
        this.http = HttpClient.newBuilder().connectTimeout(ANSWER_LIMIT).build();
    }

    /** One that answers over HTTPS only, and is asked so. */
    public ServiceProcess(ServiceSettings settings, SSLContext trusted) {
        super("The service", STOP_LIMIT);
        this.settings = settings;
        this.isHttpsOnly = true;
        this.http = HttpClient.newBuilder()
                .connectTimeout(ANSWER_LIMIT)
                .sslContext(trusted)
                .build();
    }

    /** The address of its HTTP interface, without a path and without a slash at the end. */
    public String baseUrl() {
        return isHttpsOnly ? tlsUrl() : "http://%s:%d".formatted(FreePorts.LOOPBACK, settings.httpPort());
    }

    /** The same over TLS, of one that was given a certificate. */
    public String tlsUrl() {
        return "https://%s:%s"
                .formatted(FreePorts.LOOPBACK, settings.configuration().get(ServiceSettings.TLS_PORT));
    }

    /** What it writes. */
    public Path log() {
        return settings.directory().resolve("service.log");
    }

    /** SIGTERM, and SIGKILL after 30 s. */
    @Override
    public void close() {
        stop();
    }

    @Override
    JvmCommand prepare() {
        if (!Files.exists(settings.program())) {
            throw new LocalStackException(settings.program() + " is not there; mvn package makes it");
        }
        Map<String, String> configuration = new TreeMap<>(settings.configuration());
        configuration.put("quarkus.http.host", FreePorts.LOOPBACK);
        configuration.put("quarkus.http.port", Integer.toString(settings.httpPort()));
        List<String> options = new ArrayList<>(settings.jvmOptions());
        // Native replicas unpack a library there under one name, and end each other where they share it.
        options.add(
                "-Djava.io.tmpdir=" + Directories.create(settings.directory().resolve("tmp")));
        configuration.forEach((key, value) -> options.add("-D" + key + "=" + value));
        return new JvmCommand(
                "The service",
                JvmCommand.currentJavaHome(),
                options,
                settings.program().toString().endsWith(".jar")
                        ? new JvmCommand.ExecutableJar(settings.program())
                        : new JvmCommand.NativeExecutable(settings.program()),
                settings.arguments(),
                settings.environment(),
                settings.directory(),
                log());
    }

    @Override
    boolean answers() {
        return statusOf("/q/health/ready") == 200;
    }

    /**
     * Starts it, and returns how long it took until a GET of each of these was answered by 200, asked all the time. In
     * the order of the paths, each asked for once the one before was answered.
     */
    public List<Duration> startMeasured(String... paths) {
        long begin = System.nanoTime();
        launch();
        List<Duration> took = new ArrayList<>();
        for (String path : paths) {
            awaitAnswerSoon(() -> statusOf(path) == 200);
            took.add(Duration.ofNanos(System.nanoTime() - begin));
        }
        return took;
    }

    /** The status of a GET of {@code path}; 0 if nothing answers. */
    int statusOf(String path) {
        return statusOf(HttpRequest.newBuilder(URI.create(baseUrl() + path)));
    }

    /** The same with a value of the header {@code Authorization}. */
    int statusOf(String path, String authorization) {
        return statusOf(HttpRequest.newBuilder(URI.create(baseUrl() + path)).header("Authorization", authorization));
    }

    private int statusOf(HttpRequest.Builder builder) {
        HttpRequest request = builder.timeout(ANSWER_LIMIT).build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalStackException("interrupted while waiting for the service", e);
        }
    }
}
