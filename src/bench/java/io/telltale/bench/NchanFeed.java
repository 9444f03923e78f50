package io.telltale.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * nginx with nchan, as Debian packages them: readings are posted to it over one connection, since it does not read
 * Kafka, so it has less to do than the others. One worker process.
 */
final class NchanFeed implements FeedServer {

    private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_nchan_module.so");
    private static final Path NGINX = Path.of("/usr/sbin/nginx");

    private final Path directory;
    private final int port;
    private @Nullable Process process;
    private @Nullable Socket socket;

    NchanFeed(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    /** Whether it can be run here; says how it could, if not. */
    static boolean isThere(Narrator narrator) {
        boolean isThere = Files.exists(MODULE) && Files.isExecutable(NGINX);
        if (!isThere) {
            narrator.say("nchan is left out: apt-get install nginx libnginx-mod-nchan");
        }
        return isThere;
    }

    @Override
    public String label() {
        return "nchan";
    }

    @Override
    public void start() {
        try {
            Files.createDirectories(directory);
            Path configuration = directory.resolve("nginx.conf");
            Files.writeString(configuration, """
                    daemon off;
                    master_process off;
                    worker_rlimit_nofile 20000;
                    pid nginx.pid;
                    error_log error.log warn;
                    load_module %s;
                    events { worker_connections 16000; }
                    http {
                      access_log off;
                      keepalive_requests 100000000;
                      client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                      uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                      server {
                        listen 127.0.0.1:%d backlog=4096;
                        location = /publish { nchan_publisher; nchan_channel_id readings; nchan_message_buffer_length 1000; }
                        location = /feed { nchan_subscriber eventsource; nchan_channel_id readings; }
                      }
                    }
                    """.formatted(MODULE, port));
            process = new ProcessBuilder(NGINX.toString(), "-p", directory.toString(), "-c", configuration.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("nginx.log").toFile())
                    .start();
            Awaitility.await().ignoreExceptions().until(() -> {
                Socket open = new Socket(InetAddress.getLoopbackAddress(), port);
                // A reading is two small writes: else the second waits 40 ms for the first to be acknowledged.
                open.setTcpNoDelay(true);
                socket = open;
                return true;
            });
        } catch (IOException e) {
            throw new BenchException("nginx could not be started", e);
        }
    }

    @Override
    public long pid() {
        return running().pid();
    }

    @Override
    public long allocatedMegabytes() {
        return 0;
    }

    private Process running() {
        Process started = process;
        if (started == null || !started.isAlive()) {
            throw new BenchException("nginx does not run; see " + directory);
        }
        return started;
    }

    @Override
    public URI stream() {
        return URI.create("http://127.0.0.1:%d/feed".formatted(port));
    }

    @Override
    public void send(int sensor, long dueMicros) {
        Socket open = socket;
        if (open == null) {
            throw new IllegalStateException("nginx was not started");
        }
        byte[] body =
                "{\"sensorId\":\"sensor-%d\",\"type\":\"fan-out\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"value\":%d}"
                        .formatted(sensor, dueMicros)
                        .getBytes(StandardCharsets.UTF_8);
        try {
            OutputStream out = open.getOutputStream();
            out.write(
                    "POST /publish HTTP/1.1\r\nHost: nchan\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                            .formatted(body.length)
                            .getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
            skipAnswer(open.getInputStream());
        } catch (IOException e) {
            throw new BenchException("nginx did not take a reading", e);
        }
    }

    private static void skipAnswer(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            head.append((char) in.read());
        }
        int length = head.toString()
                .lines()
                .filter(line -> line.regionMatches(true, 0, "Content-Length:", 0, 15))
                .mapToInt(line -> Integer.parseInt(line.substring(15).trim()))
                .sum();
        if (in.readNBytes(length).length < length) {
            throw new IOException("the answer broke off");
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        Process started = process;
        if (started != null) {
            started.destroy();
            try {
                if (!started.waitFor(10, TimeUnit.SECONDS)) {
                    started.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
