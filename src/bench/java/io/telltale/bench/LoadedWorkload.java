package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import io.telltale.sensors.SensorId;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Reads while {@code uc1} runs: {@code dashboard}, whose 50 clients look again every 5 s, and {@code tpcx-shaped},
 * whose records are of 1 KB and whose queries come once in 20,000 of them. The sensors that are looked at have the hour
 * before.
 */
final class LoadedWorkload {

    private static final int CLIENTS = 50;
    private static final int REFRESH_SECONDS = 5;
    private static final int RECORD_BYTES = 1_024;
    private static final int INSERTS_A_QUERY = 20_000;
    private static final int TPCX_BACK_SECONDS = 1_800;
    /** At a reading a second and sensor: by then all were sent some, and so much behind is as good as nothing. */
    private static final long MET_AFTER_SECONDS = 4;

    private static final long BEHIND_SECONDS = 2;
    private static final Duration MEMBERS_LIMIT = Duration.ofSeconds(90);
    private static final Duration CATCH_UP_LIMIT = Duration.ofMinutes(2);

    private final LocalStack stack;
    private final CqlSession session;
    private final Contestants contestants;
    private final BenchOptions options;
    private final Narrator narrator;

    /** Adds what is to be asked. */
    private interface Asking {
        void add(Questions questions, String api, int sensors);
    }

    LoadedWorkload(
            LocalStack stack, CqlSession session, Contestants contestants, BenchOptions options, Narrator narrator) {
        this.stack = stack;
        this.session = session;
        this.contestants = contestants;
        this.options = options;
        this.narrator = narrator;
    }

    List<LoadedRun> dashboard() {
        return options.sensors().stream()
                .map(sensors -> run("dashboard", sensors, 0, this::askAsDashboards))
                .toList();
    }

    List<LoadedRun> tpcxShaped() {
        return options.sensors().stream()
                .map(sensors -> run("tpcx-shaped", sensors, RECORD_BYTES, this::askAsTpcx))
                .toList();
    }

    private void askAsDashboards(Questions questions, String api, int sensors) {
        double perSecond = CLIENTS / (double) REFRESH_SECONDS;
        questions
                .and(
                        "newest of 100 sensors of a site",
                        perSecond,
                        options.warmUp(),
                        i -> api + "/readings/latest?site=plant-2&limit=100")
                .and(
                        "last hour in windows of 1 min",
                        perSecond,
                        options.warmUp(),
                        i -> api + "/sensors/%s/aggregates?interval=PT1M".formatted(watched(i)))
                .and(
                        "last 100 readings",
                        perSecond,
                        options.warmUp(),
                        i -> api + "/sensors/%s/readings?order=desc&limit=100".formatted(watched(i)));
    }

    private void askAsTpcx(Questions questions, String api, int sensors) {
        SplittableRandom random = new SplittableRandom(options.seed());
        String window = api + "/sensors/%s/aggregates?interval=PT5S&from=now-%ds&to=now-%ds";
        double perSecond = sensors / (double) INSERTS_A_QUERY;
        questions
                .and(
                        "the last 5 s of a sensor",
                        perSecond,
                        options.warmUp(),
                        i -> window.formatted(watched(random.nextInt(CLIENTS)), 5, 0))
                .and("5 s of it within the last 1,800", perSecond, options.warmUp(), i -> {
                    int back = random.nextInt(5, TPCX_BACK_SECONDS);
                    return window.formatted(watched(random.nextInt(CLIENTS)), back + 5, back);
                });
    }

    private static String watched(long i) {
        return Backlog.id((int) (i % CLIENTS));
    }

    private LoadedRun run(String workload, int sensors, int recordBytes, Asking asking) {
        String topic = "sensors.%s-s%d".formatted(workload, sensors);
        stack.kafka().createTopic(topic, BacklogTopic.PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        Rig rig = Rig.of(Peer.TELLTALE, topic);
        try (ConsumerGroup group = new ConsumerGroup(stack.kafka(), rig.group(), topic);
                TelltaleContestant service = contestants.telltale(rig, "service", Map.of())) {
            service.start();
            group.awaitMembers(MEMBERS_LIMIT);
            LoadedRun run = measure(service, topic, sensors, recordBytes, asking);
            narrator.say("%s", inWords(workload, run));
            return run;
        } finally {
            session.execute("DROP KEYSPACE IF EXISTS " + rig.keyspace());
        }
    }

    private LoadedRun measure(TelltaleContestant service, String topic, int sensors, int recordBytes, Asking asking) {
        long now = System.currentTimeMillis() / StoredSensor.STEP_MILLIS * StoredSensor.STEP_MILLIS;
        List<StoredSensor> watched = IntStream.range(0, Math.min(CLIENTS, sensors))
                .mapToObj(sensor -> new StoredSensor(new SensorId(Backlog.id(sensor)), ReadWorkload.HOUR, now))
                .toList();
        History.store(stack.kafka(), topic, watched, () -> service.written().readings(), options.seed());
        long before = service.written().readings();
        try (SteadyLoad sending = SteadyLoad.start(
                        stack.kafka().bootstrapServers(),
                        topic,
                        Fleet.ofOneReadingASecond(sensors),
                        options.seed(),
                        recordBytes);
                Questions questions = new Questions()) {
            awaitNotBehind(service, before, sensors, sending);
            asking.add(questions, service.baseUrl() + "/api/v1", sensors);
            questions.start();
            letRun(options.warmUp());
            Written writtenBefore = service.written();
            ProcessorTime processorBefore = processorTime(service);
            long begin = System.nanoTime();
            letRun(options.askedLength());
            double seconds = (System.nanoTime() - begin) / 1e9;
            Written written = service.written().since(writtenBefore);
            ProcessorTime used = processorTime(service).since(processorBefore);
            List<AskedRun> asked = questions.finish();
            long all = before + sending.finish();
            return new LoadedRun(
                    sensors,
                    recordBytes,
                    written.readings() / seconds,
                    asked,
                    used.per(written.readings()),
                    awaitStored(service, all));
        }
    }

    private static void letRun(Duration length) {
        Awaitility.await().pollDelay(length).atMost(length.plus(CATCH_UP_LIMIT)).until(() -> true);
    }

    /** At first, all sensors are registered; until what is behind from then is stored, nobody asks. */
    private void awaitNotBehind(TelltaleContestant service, long before, int sensors, SteadyLoad sending) {
        try {
            Awaitility.await()
                    .atMost(CATCH_UP_LIMIT)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> sending.acknowledged() >= MET_AFTER_SECONDS * sensors
                            && service.written().readings() - before + BEHIND_SECONDS * sensors
                                    >= sending.acknowledged());
        } catch (ConditionTimeoutException e) {
            narrator.say("the service is still behind after %d s", CATCH_UP_LIMIT.toSeconds());
        }
    }

    private static boolean awaitStored(TelltaleContestant service, long all) {
        try {
            Awaitility.await()
                    .atMost(CATCH_UP_LIMIT)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> service.written().readings() >= all);
            return service.written().readings() == all;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    private ProcessorTime processorTime(TelltaleContestant service) {
        return ProcessorTime.of(
                service.pid(), stack.kafka().pid(), stack.cassandra().pid());
    }

    private static String inWords(String workload, LoadedRun run) {
        StringBuilder words = new StringBuilder(String.format(
                Locale.ROOT,
                "%s, %,d sensors: %,.0f stored/s%s",
                workload,
                run.sensors(),
                run.storedPerSecond(),
                run.keptUp() ? "" : "; DID NOT KEEP UP"));
        for (AskedRun asked : run.asked()) {
            words.append(String.format(
                    Locale.ROOT,
                    "%n           %s: %.1f/s, p50 %.1f ms, p99 %.1f ms, max %.0f ms of %d, %d failed",
                    asked.what(),
                    asked.perSecond(),
                    asked.latency().median(),
                    asked.latency().p99(),
                    asked.most(),
                    asked.latency().count(),
                    asked.failed()));
        }
        return words.toString();
    }
}
