package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.bench.BenchOptions.Workload;
import io.telltale.bench.HttpReader.Form;
import io.telltale.bench.LoadRun.Latency;
import io.telltale.local.LocalStack;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Ranges of what is stored, read by one client that waits for each answer: {@code range}, {@code export},
 * {@code history}. Readers take turns, A B B A. Every answer is counted; one that is not whole fails the run.
 */
final class ReadWorkload {

    static final int HOUR = 3_600;
    private static final int DAY = 86_400;
    private static final int MONTH = 31 * DAY;
    private static final int MILLION = 1_000_000;
    private static final long END_MILLIS = Instant.parse("2026-02-01T00:00:00Z").toEpochMilli();
    private static final String TOPIC = "sensors.history";
    private static final Duration MEMBERS_LIMIT = Duration.ofSeconds(90);
    private static final long LONGEST_MICROS = 600_000_000;

    private final LocalStack stack;
    private final CqlSession session;
    private final Contestants contestants;
    private final BenchOptions options;
    private final Narrator narrator;
    private final List<ReadRun> range = new ArrayList<>();
    private final List<ReadRun> export = new ArrayList<>();
    private final List<ReadRun> history = new ArrayList<>();

    /**
     * Ranges of one length.
     *
     * @param what in words
     * @param times how often each reader reads one in a round
     */
    private record Reads(String what, StoredSensor sensor, int readings, int times) {}

    ReadWorkload(
            LocalStack stack, CqlSession session, Contestants contestants, BenchOptions options, Narrator narrator) {
        this.stack = stack;
        this.session = session;
        this.contestants = contestants;
        this.options = options;
        this.narrator = narrator;
    }

    /** Runs those of the three that were asked for. */
    void run() {
        stack.kafka().createTopic(TOPIC, BacklogTopic.PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        List<Peer> peers = options.storingServices().isEmpty() ? List.of(Peer.TELLTALE) : options.storingServices();
        List<TelltaleContestant> services = new ArrayList<>();
        try {
            peers.forEach(peer -> services.add(start(peer)));
            run(services);
        } finally {
            services.forEach(TelltaleContestant::close);
            peers.forEach(peer -> session.execute(
                    "DROP KEYSPACE IF EXISTS " + Rig.of(peer, TOPIC).keyspace()));
            session.execute("DROP KEYSPACE IF EXISTS " + FlaskPeer.KEYSPACE);
        }
    }

    private TelltaleContestant start(Peer peer) {
        Rig rig = Rig.of(peer, TOPIC);
        TelltaleContestant service = contestants.service(peer, rig, "service", Map.of(), List.of());
        try (ConsumerGroup group = new ConsumerGroup(stack.kafka(), rig.group(), TOPIC)) {
            service.start();
            group.awaitMembers(MEMBERS_LIMIT);
            contestants.verify(service);
            return service;
        } catch (RuntimeException e) {
            service.close();
            throw e;
        }
    }

    private void run(List<TelltaleContestant> services) {
        TelltaleContestant first = services.get(0);
        DriverReader driver =
                new DriverReader(session, Rig.of(first.peer(), TOPIC).keyspace(), SensorType.ofTopic(TOPIC));
        if (wants(Workload.RANGE) || wants(Workload.EXPORT)) {
            StoredSensor month =
                    new StoredSensor(new SensorId("month"), options.isFull() ? MONTH : MILLION + DAY, END_MILLIS);
            store(services, List.of(month));
            if (wants(Workload.RANGE)) {
                ranges(services, driver, month);
            }
            if (wants(Workload.EXPORT)) {
                exports(first, driver, month);
            }
        }
        if (wants(Workload.HISTORY)) {
            histories(first);
        }
    }

    List<ReadRun> range() {
        return range;
    }

    List<ReadRun> export() {
        return export;
    }

    List<ReadRun> history() {
        return history;
    }

    private boolean wants(Workload workload) {
        return options.workloads().contains(workload);
    }

    /** Returns when each service has stored all of it. */
    private void store(List<TelltaleContestant> services, List<StoredSensor> sensors) {
        narrator.say(
                "storing %,d readings of %d sensors",
                sensors.stream().mapToLong(StoredSensor::readings).sum(), sensors.size());
        History.store(
                stack.kafka(),
                TOPIC,
                sensors,
                () -> services.stream()
                        .mapToLong(service -> service.written().readings())
                        .min()
                        .orElse(0),
                options.seed());
        services.stream()
                .filter(service -> service.peer() == Peer.TELLTALE_SEALED)
                .forEach(this::verifySealed);
    }

    /** Opens every stored reading. */
    private void verifySealed(TelltaleContestant service) {
        new StoredReadings(session, Rig.of(service.peer(), TOPIC).keyspace(), StoredAs.SEALED)
                .forEach((sensorId, timestampMillis, value) -> {});
    }

    private void ranges(List<TelltaleContestant> services, RangeReader driver, StoredSensor sensor) {
        List<RangeReader> pages = new ArrayList<>(List.of(driver));
        List<RangeReader> streams = new ArrayList<>(List.of(driver));
        for (TelltaleContestant service : services) {
            pages.add(service.reader(Form.PAGE));
            pages.add(service.reader(Form.LINES));
            streams.add(service.reader(Form.LINES));
        }
        FlaskPeer flask = !contestants.isSecured() && FlaskPeer.isThere(options.python(), narrator)
                ? FlaskPeer.start(
                        options.python(),
                        session,
                        stack.cassandra().contactPoint(),
                        sensor,
                        stack.directory().resolve("flask.log"))
                : null;
        try {
            if (flask != null) {
                pages.add(flask.reader());
                streams.add(flask.reader());
            }
            int more = options.isFull() ? 4 : 1;
            range.addAll(rounds(pages, new Reads("100 readings", sensor, 100, 200 * more)));
            range.addAll(rounds(pages, new Reads("an hour", sensor, HOUR, 100 * more)));
            range.addAll(rounds(pages, new Reads("10,000 readings", sensor, 10_000, 40 * more)));
            range.addAll(rounds(streams, new Reads("1,000,000 readings", sensor, MILLION, 1)));
        } finally {
            if (flask != null) {
                flask.close();
            }
        }
    }

    private void exports(TelltaleContestant service, RangeReader driver, StoredSensor sensor) {
        List<RangeReader> readers = List.of(driver, service.reader(Form.LINES), service.reader(Form.ROWS));
        String what = options.isFull() ? "a month" : "%,d readings".formatted(sensor.readings());
        export.addAll(rounds(readers, new Reads(what, sensor, sensor.readings(), 1)));
    }

    private void histories(TelltaleContestant service) {
        int once = options.isFull() ? DAY : 2 * HOUR;
        List<StoredSensor> sensors = List.of(
                new StoredSensor(new SensorId("history-1"), once, END_MILLIS),
                new StoredSensor(new SensorId("history-10"), 10 * once, END_MILLIS),
                new StoredSensor(new SensorId("history-100"), 100 * once, END_MILLIS));
        store(List.of(service), sensors);
        int times = options.isFull() ? 1_000 : 150;
        RangeReader reader = service.reader(Form.PAGE);
        sensors.forEach(sensor -> warmUp(reader, new Reads("", sensor, HOUR, times)));
        List<StoredSensor> order = new ArrayList<>(sensors);
        for (int round = 1; round <= options.rounds(); round++) {
            for (StoredSensor sensor : order) {
                String what = "history × %d".formatted(sensor.readings() / once);
                history.add(said(read(reader, new Reads(what, sensor, HOUR, times), round)));
            }
            Collections.reverse(order);
        }
    }

    private List<ReadRun> rounds(List<RangeReader> readers, Reads reads) {
        readers.forEach(reader -> warmUp(reader, reads));
        List<ReadRun> runs = new ArrayList<>();
        List<RangeReader> order = new ArrayList<>(readers);
        for (int round = 1; round <= options.rounds(); round++) {
            for (RangeReader reader : order) {
                runs.add(said(read(reader, reads, round)));
            }
            Collections.reverse(order);
        }
        return runs;
    }

    private void warmUp(RangeReader reader, Reads reads) {
        long begin = System.nanoTime();
        long share = options.warmUp().toNanos() / 4;
        do {
            ReadRun unused = read(reader, new Reads(reads.what(), reads.sensor(), reads.readings(), 1), 0);
        } while (System.nanoTime() - begin < share);
    }

    private ReadRun said(ReadRun run) {
        narrator.say(
                "%-20s %-20s %,10.0f readings/s; p50 %.2f ms, p99 %.2f ms; CPU µs per reading: reader %.2f, Cassandra %.2f",
                run.what(),
                run.reader(),
                run.readingsPerSecond(),
                run.latency().median(),
                run.latency().p99(),
                run.micros().client(),
                run.micros().cassandra());
        return run;
    }

    /** Ranges that begin anywhere, the same ones for every reader of a round. */
    private ReadRun read(RangeReader reader, Reads reads, int round) {
        SplittableRandom random = new SplittableRandom(options.seed() + round);
        Histogram micros = new Histogram(LONGEST_MICROS, 3);
        ProcessorTime before = processorTime(reader);
        long begin = System.nanoTime();
        for (int i = 0; i < reads.times(); i++) {
            long from = reads.sensor().startMillis()
                    + random.nextInt(reads.sensor().readings() - reads.readings() + 1) * StoredSensor.STEP_MILLIS;
            long asked = System.nanoTime();
            long found = reader.read(reads.sensor(), from, from + reads.readings() * StoredSensor.STEP_MILLIS);
            micros.recordValue(Math.min(LONGEST_MICROS, (System.nanoTime() - asked) / 1_000));
            if (found != reads.readings()) {
                throw new BenchException(String.format(
                        Locale.ROOT,
                        "%s read %d readings of sensor %s from %d on, of %d that there are",
                        reader.name(),
                        found,
                        reads.sensor().id(),
                        from,
                        reads.readings()));
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new ReadRun(
                reader.name(),
                reads.what(),
                reads.readings(),
                seconds,
                new Latency(
                        micros.getValueAtPercentile(50) / 1_000.0,
                        micros.getValueAtPercentile(99) / 1_000.0,
                        micros.getTotalCount()),
                processorTime(reader).since(before).per((long) reads.readings() * reads.times()));
    }

    private ProcessorTime processorTime(RangeReader reader) {
        return ProcessorTime.of(
                reader.pid(), stack.kafka().pid(), stack.cassandra().pid());
    }
}
