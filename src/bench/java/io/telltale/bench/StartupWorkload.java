package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.StackOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;

/**
 * What it takes to start the service and to keep it running: as a native executable, on the Java of this run, on Java
 * 25, and there with an AOT cache. The tables are there from the first start on, which does not count.
 */
final class StartupWorkload {

    private static final int STARTS = 10;
    private static final int DRAINS = 3;
    private static final int RECORDS = 300_000;
    private static final int SENSORS = 1_000;
    private static final int PAGES = 2_000;
    private static final Duration IDLE = Duration.ofSeconds(15);
    private static final Duration DRAIN_LIMIT = Duration.ofMinutes(3);
    private static final Duration COMMIT_LIMIT = Duration.ofSeconds(60);
    private static final String KEYSPACE = "bench_startup";

    private final BenchOptions options;
    private final Narrator narrator;
    private final HttpClient http = HttpClient.newHttpClient();

    /** How long starts took, in milliseconds. */
    private record Starts(List<Double> firstAnswer, List<Double> ready) {
        Starts() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    StartupWorkload(BenchOptions options, Narrator narrator) {
        this.options = options;
        this.narrator = narrator;
    }

    List<StartupRun> run() {
        List<RuntimeForm> forms = RuntimeForm.available(narrator);
        try (LocalStack stack = LocalStack.start(StackOptions.forLoad(line -> narrator.say("%s", line)));
                CqlSession session = stack.cassandra().connect()) {
            Backlog backlog = new Backlog(BacklogShape.atLeast(RECORDS, SENSORS, 1), options.seed());
            BacklogTopic.fill(stack.kafka(), backlog);
            forms.forEach(form -> rehearse(form, stack, backlog));
            Map<RuntimeForm, Starts> starts = starts(forms, stack, backlog);
            List<StartupRun> runs = new ArrayList<>();
            for (RuntimeForm form : forms) {
                runs.add(work(form, Objects.requireNonNull(starts.get(form)), stack, session, backlog));
            }
            return runs;
        }
    }

    /** Makes the tables, and fills the cache of whoever has one. */
    private void rehearse(RuntimeForm form, LocalStack stack, Backlog backlog) {
        if (form.hasCache()) {
            try {
                Files.createDirectories(
                        Objects.requireNonNull(RuntimeForm.cache().getParent()));
                Files.deleteIfExists(RuntimeForm.cache());
            } catch (IOException e) {
                throw new BenchException("could not make room for " + RuntimeForm.cache(), e);
            }
            try (ServiceProcess service = service(form.filling(), stack, backlog)) {
                service.start();
                pages(service, 100);
            }
            if (!Files.exists(RuntimeForm.cache())) {
                throw new BenchException("there is no " + RuntimeForm.cache());
            }
        }
        try (ServiceProcess service = service(form, stack, backlog)) {
            service.start();
        }
    }

    /** In turns: what drifts, drifts against all of them alike. */
    private Map<RuntimeForm, Starts> starts(List<RuntimeForm> forms, LocalStack stack, Backlog backlog) {
        Map<RuntimeForm, Starts> starts = new LinkedHashMap<>();
        for (int i = 1; i <= STARTS; i++) {
            for (RuntimeForm form : forms) {
                try (ServiceProcess service = service(form, stack, backlog)) {
                    List<Duration> took = service.startMeasured("/q/health/live", "/q/health/ready");
                    Starts all = starts.computeIfAbsent(form, unknown -> new Starts());
                    all.firstAnswer().add(took.get(0).toNanos() / 1e6);
                    all.ready().add(took.get(1).toNanos() / 1e6);
                    narrator.say(
                            "start %d: %s answers after %d ms, is ready after %d ms",
                            i, form.label(), took.get(0).toMillis(), took.get(1).toMillis());
                }
            }
        }
        return starts;
    }

    private StartupRun work(RuntimeForm form, Starts starts, LocalStack stack, CqlSession session, Backlog backlog) {
        String topic = backlog.shape().type().topic();
        try (ConsumerGroup group = new ConsumerGroup(stack.kafka(), group(form), topic);
                TelltaleContestant service = new TelltaleContestant(service(form, stack, backlog))) {
            group.moveToEnd();
            service.start();
            group.awaitMembers(COMMIT_LIMIT);
            pass(IDLE);
            long idle = ResidentMemory.megabytes(service.pid());
            double rate = 0;
            double micros = 0;
            for (int i = 0; i < DRAINS; i++) {
                session.execute("TRUNCATE %s.readings".formatted(KEYSPACE));
                Written before = service.written();
                Duration processor = ProcessorTime.of(service.pid());
                group.moveToBeginning();
                rate = new DrainWatch(service, before, backlog.shape().records(), DRAIN_LIMIT).readingsPerSecond();
                group.awaitAllCommitted(COMMIT_LIMIT);
                long readings = service.written().since(before).readings();
                if (readings < backlog.shape().records()) {
                    throw new BenchException("%s stored %d readings only".formatted(form.label(), readings));
                }
                micros = ProcessorTime.of(service.pid()).minus(processor).toNanos() / 1e3 / readings;
            }
            List<Double> pages = pages(service.baseUrl(), PAGES);
            StartupRun run = new StartupRun(
                    form.label(),
                    starts.ready().size(),
                    Summary.of(starts.firstAnswer()),
                    Summary.of(starts.ready()),
                    idle,
                    ResidentMemory.mostMegabytes(service.pid()),
                    rate,
                    micros,
                    pages.get(PAGES / 2),
                    pages.get(PAGES * 99 / 100));
            narrator.say("%s", run);
            return run;
        }
    }

    private void pages(ServiceProcess service, int count) {
        pages(service.baseUrl(), count);
    }

    /** The time of each page in milliseconds, the quickest first. */
    private List<Double> pages(String baseUrl, int count) {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(
                            "%s/api/v1/sensors/%s/readings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&limit=100"
                                    .formatted(baseUrl, Backlog.id(i % SENSORS))))
                    .build();
            long begin = System.nanoTime();
            try {
                http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            } catch (IOException e) {
                throw new BenchException("no answer", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BenchException("interrupted", e);
            }
            millis.add((System.nanoTime() - begin) / 1e6);
        }
        return millis.stream().sorted().toList();
    }

    private static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        Awaitility.await().forever().until(() -> System.nanoTime() - end >= 0);
    }

    private static String group(RuntimeForm form) {
        return "startup-" + form.label().replaceAll("\\W+", "-");
    }

    private static ServiceProcess service(RuntimeForm form, LocalStack stack, Backlog backlog) {
        return new ServiceProcess(form.runs(ServiceSettings.packaged(
                        stack.kafka(), stack.cassandra(), stack.directory().resolve(group(form))))
                .with("mp.messaging.incoming.sensors.group.id", group(form))
                .ofTopic(backlog.shape().type().topic())
                .with("telltale.storage.keyspace", KEYSPACE));
    }
}
