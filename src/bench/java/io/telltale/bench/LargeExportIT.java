package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.local.LocalStack;
import io.telltale.local.LongTests;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.StackOptions;
import io.telltale.sensors.SensorId;
import io.telltale.store.Layout;
import io.telltale.store.ReadingPartition;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All readings of a sensor in one answer, far more than memory holds: {@code -Dlong -Dminutes=10} for
 * three million. Says beside it how fast the driver alone pages the same rows and drops them.
 */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class LargeExportIT {

    private static final Logger log = Logger.getLogger(LargeExportIT.class);
    private static final int READINGS = LongTests.amount(300_000, 1_000_000);
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** Heap of 256 MB, and what a JVM needs besides. */
    private static final long MAX_RESIDENT_MB = 671;

    private static final int ROUNDS = LongTests.isFullSize() ? 3 : 1;

    /** How much came, how fast, and what it took. */
    private record Export(long readings, double perSecond, Duration processor) {
        String inWords(String form) {
            return String.format(
                    Locale.ROOT,
                    "%-6s %,d readings, %,.0f a second, %.2f µs of processor each",
                    form,
                    readings,
                    perSecond,
                    processor.toNanos() / 1e3 / readings);
        }
    }

    @Test
    void aWholeSensorIsExportedThroughLittleMemory(@TempDir Path directory) throws Exception {
        BacklogShape shape = BacklogShape.atLeast(READINGS, 1, 1);
        try (LocalStack stack = LocalStack.start(StackOptions.forLoad(Progress.SILENT));
                CqlSession session = stack.cassandra().connect()) {
            BacklogTopic.fill(stack.kafka(), new Backlog(shape, 1));
            ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                    .withJvmOptions("-Xmx256m");
            try (ServiceProcess service = new ServiceProcess(settings)) {
                service.start();
                await().atMost(LIMIT)
                        .pollInterval(Duration.ofSeconds(1))
                        .until(() ->
                                ServiceMetrics.of(service.baseUrl()).written().readings() >= shape.records());
                for (int round = 1; round <= ROUNDS; round++) {
                    Export paged = paged(session, shape);
                    Export lines = exported(service, "application/x-ndjson", 0);
                    Export rows = exported(service, "text/csv", 1);
                    assertThat(List.of(paged.readings(), lines.readings(), rows.readings()))
                            .containsOnly((long) shape.records());
                    log.infof("round %d: %s", round, paged.inWords("driver"));
                    log.infof("round %d: %s", round, lines.inWords("NDJSON"));
                    log.infof("round %d: %s", round, rows.inWords("CSV"));
                    log.infof(
                            "round %d: NDJSON %.2f and CSV %.2f of the driver's rate; resident %d MB",
                            round,
                            lines.perSecond() / paged.perSecond(),
                            rows.perSecond() / paged.perSecond(),
                            ResidentMemory.megabytes(service.pid()));
                    assertThat(ResidentMemory.megabytes(service.pid()))
                            .as("resident MB")
                            .isLessThan(MAX_RESIDENT_MB);
                }
            }
        }
    }

    /** Bucket after bucket, as the service finds them; nothing is done with a row. */
    private static Export paged(CqlSession session, BacklogShape shape) {
        PreparedStatement select = session.prepare(
                "SELECT ts, reading FROM telltale.readings WHERE type = ? AND shard = ? AND bucket = ? AND sensor_id = ?"
                        + " ORDER BY sensor_id DESC, ts ASC");
        Layout layout =
                new Layout(shape.type(), List.of(new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 64, 900_000)));
        SensorId sensor = new SensorId(Backlog.id(0));
        long readings = 0;
        long begin = System.nanoTime();
        long end = Backlog.START_MILLIS + shape.records() * 1_000L;
        for (long bucket = Backlog.START_MILLIS; bucket < end; bucket += 900_000) {
            ReadingPartition partition = layout.partitionOf(sensor, bucket);
            for (Row row : session.execute(select.bind(
                            partition.type().name(),
                            partition.shard(),
                            Instant.ofEpochMilli(partition.bucketStartMillis()),
                            sensor.value())
                    .setPageSize(5_000))) {
                readings += row.getBytesUnsafe(1) == null ? 0 : 1;
            }
        }
        return new Export(readings, readings / ((System.nanoTime() - begin) / 1e9), Duration.ZERO);
    }

    private static Export exported(ServiceProcess service, String form, int headerLines)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("%s/api/v1/sensors/%s/readings?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z"
                                .formatted(service.baseUrl(), Backlog.id(0))))
                .header("Accept", form)
                .build();
        Duration before = ProcessorTime.of(service.pid());
        long begin = System.nanoTime();
        HttpResponse<InputStream> answer =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        long lines = 0;
        byte[] buffer = new byte[1 << 16];
        try (InputStream body = answer.body()) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    lines += buffer[i] == '\n' ? 1 : 0;
                }
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        long readings = lines - headerLines;
        return new Export(
                readings, readings / seconds, ProcessorTime.of(service.pid()).minus(before));
    }
}
