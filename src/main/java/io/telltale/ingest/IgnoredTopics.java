package io.telltale.ingest;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.telltale.kafka.TopicAdmin;
import io.telltale.sensors.SensorType;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Reports the topics that ingest does not read although their names begin with {@code sensors.}, because the rest is no
 * type: a warning for each that appears, and their number as a metric.
 */
@Singleton
class IgnoredTopics {

    private static final Logger log = Logger.getLogger(IgnoredTopics.class);
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final int MAX_WARNINGS = 100;

    private final TopicAdmin admin;
    private final AtomicBoolean isChecking = new AtomicBoolean();
    private volatile Set<String> reported = Set.of();

    @Inject
    IgnoredTopics(TopicAdmin admin, MeterRegistry registry) {
        this.admin = admin;
        Gauge.builder("telltale.topics.ignored", this, IgnoredTopics::count)
                .description("Topics that begin with sensors. and are not read, because the rest is no type")
                .strongReference(true)
                .register(registry);
    }

    void start(@Observes StartupEvent start, Vertx vertx) {
        check();
        vertx.setPeriodic(INTERVAL.toMillis(), timer -> check());
    }

    private void check() {
        if (!isChecking.compareAndSet(false, true)) {
            return;
        }
        admin.names()
                .onTermination()
                .invoke(() -> isChecking.set(false))
                .subscribe()
                .with(this::report, failure -> log.debugf("The names of the topics are unknown: %s", failure));
    }

    /** Reports the ignored ones among these topics, each again if it was gone meanwhile. */
    void report(Collection<String> names) {
        Set<String> ignored =
                names.stream().filter(IgnoredTopics::isIgnored).collect(Collectors.toCollection(TreeSet::new));
        Set<String> appeared = new TreeSet<>(ignored);
        appeared.removeAll(reported);
        reported = ignored;
        appeared.stream().limit(MAX_WARNINGS).forEach(IgnoredTopics::warn);
        if (appeared.size() > MAX_WARNINGS) {
            log.warnf("%d more topics are not read for the same reason", appeared.size() - MAX_WARNINGS);
        }
    }

    private static boolean isIgnored(String topic) {
        return topic.startsWith(SensorType.TOPIC_PREFIX) && !SensorType.isTopic(topic);
    }

    private static void warn(String topic) {
        log.warnf(
                "topic=%s is not read: '%s' is no sensor type; expected %s; send to a topic with such a name",
                topic, topic.substring(SensorType.TOPIC_PREFIX.length()), SensorType.FORM);
    }

    int count() {
        return reported.size();
    }
}
