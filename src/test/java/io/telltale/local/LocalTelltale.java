package io.telltale.local;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/** {@code mvn -Plocal}: Telltale with all it needs on this machine, until Ctrl-C. */
public final class LocalTelltale {

    private static final int USUAL_HTTP_PORT = 8080;
    private static final int USUAL_HTTPS_PORT = 8443;
    private static final Duration FIRST_READING_LIMIT = Duration.ofSeconds(30);

    /** Not System.out: Maven replaces it, and closes its own before the shutdown hook has printed everything. */
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private final LaunchOptions options;
    private final long startNanos = System.nanoTime();

    /** What runs, the latest first: it ends in the opposite order of its start. */
    private final Deque<Part> parts = new ArrayDeque<>();

    private volatile boolean ending;

    private LocalTelltale(LaunchOptions options) {
        this.options = options;
    }

    public static void main(String[] arguments) throws InterruptedException {
        try {
            new LocalTelltale(LaunchOptions.from(System::getProperty)).run();
        } catch (IllegalArgumentException e) {
            leave(2, e);
        }
    }

    private void run() throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "local-telltale-end"));
        try {
            String howItEnded = startAll().join();
            if (!ending) {
                say(howItEnded);
                System.exit(1);
            }
        } catch (LocalStackException e) {
            if (!ending) {
                leave(1, e);
            }
        }
        // Ctrl-C: the shutdown hook is at work, and ends the JVM.
        new CountDownLatch(1).await();
    }

    /** Starts everything in the order of the data, and returns what is completed when the service ends. */
    private CompletableFuture<String> startAll() {
        StackOptions stackOptions = stackOptions();
        LaunchSecurity security = options.secure() ? LaunchSecurity.in(stackOptions.directory()) : null;
        if (security != null) {
            stackOptions = stackOptions.secured(security.stack());
        }
        say("Data and logs are in " + stackOptions.directory());
        LocalStack stack = LocalStack.start(stackOptions);
        toEnd("Kafka and Cassandra", stack::close);

        // Made before the service starts, and its topics with it, so that the service finds them at once.
        ReadingSource readings = ReadingSource.of(options, stack.kafka(), this::say);

        ServiceSettings settings = ServiceSettings.packaged(
                        stack.kafka(),
                        stack.cassandra(),
                        Directories.create(stack.directory().resolve("service")))
                .withHttpPort(freePort(USUAL_HTTP_PORT));
        ServiceProcess service = security == null
                ? new ServiceProcess(settings)
                : new ServiceProcess(
                        security.secure(settings, freePort(USUAL_HTTPS_PORT)),
                        security.stack().authority().trusted());
        say("Starting the service on " + service.baseUrl());
        toEnd("the service", service::close);
        service.start();

        say("Sending readings: " + readings.describe());
        toEnd("the readings", readings::close);
        readings.start();
        awaitFirstReading(service, security, readings.example().sensor());
        readings.describeSensors(ApiAccess.of(service, security));

        OUT.println(new WelcomeScreen(stack, service, readings, options.keep(), security).text());
        return service.onEnd();
    }

    private StackOptions stackOptions() {
        return new StackOptions(
                options.keep() ? Directories.project().resolve(".telltale-local") : Directories.fresh("telltale"),
                options.keep(),
                MemoryProfile.SMALL,
                CommitLogSync.GROUP,
                true,
                this::say,
                null);
    }

    private static int freePort(int usual) {
        return FreePorts.isFree(FreePorts.LOOPBACK, usual) ? usual : FreePorts.next();
    }

    /** So that the commands on the screen find something. */
    private void awaitFirstReading(ServiceProcess service, @Nullable LaunchSecurity security, String sensor) {
        String latest = "/api/v1/sensors/%s/readings/latest".formatted(sensor);
        try {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(250))
                    .atMost(FIRST_READING_LIMIT)
                    .until(() -> (security == null
                                    ? service.statusOf(latest)
                                    : service.statusOf(latest, "Bearer " + security.readerToken()))
                            == 200);
        } catch (ConditionTimeoutException e) {
            say("No reading of %s can be asked for yet; see %s".formatted(sensor, service.log()));
        }
    }

    private void toEnd(String name, Runnable end) {
        synchronized (parts) {
            parts.addFirst(new Part(name, end));
        }
    }

    /** The shutdown hook. Whatever it does not get to is ended by its tether. */
    private void end() {
        ending = true;
        List<Part> running;
        synchronized (parts) {
            running = List.copyOf(parts);
        }
        OUT.println();
        for (Part part : running) {
            say("Ending " + part.name());
            try {
                part.end().run();
            } catch (RuntimeException e) {
                say("%s did not end well: %s".formatted(part.name(), e.getMessage()));
            }
        }
        say("All ended." + (options.keep() ? " The data is kept for the next -Dkeep." : ""));
    }

    private void say(String line) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        OUT.printf(Locale.ROOT, "%6.1f s  %s%n", seconds, line);
    }

    private static void leave(int code, Exception reason) {
        System.err.println(reason.getMessage());
        System.exit(code);
    }

    /** Something that runs: how it is called, and how it is ended. */
    private record Part(String name, Runnable end) {}
}
