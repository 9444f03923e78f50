package io.telltale.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorId;
import io.telltale.settings.RateLimitedLog;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Polls {@link SensorChanges} for metadata that a person set on any replica, reads the cached sensors among them
 * again, and reports them to {@link LabeledSensors} and {@link RareLabels}.
 */
@Singleton
class SensorChangePoller {

    private static final Logger log = Logger.getLogger(SensorChangePoller.class);
    private static final RateLimitedLog FAILED = new RateLimitedLog(log, Logger.Level.ERROR);

    /**
     * With the reads that follow, a change is known on every replica within 10 s, unless Cassandra is slow. Then labels
     * are not looked up in {@link RareLabels}.
     */
    private static final Duration INTERVAL = Duration.ofSeconds(3);

    private static final int CONCURRENT_LOOKUPS = 32;

    private final SensorChanges changes;
    private final SensorRegistry sensors;
    private final SensorCache cache;
    private final LabeledSensors labeled;
    private final RareLabels rare;
    private volatile @Nullable Cancellable polling;

    @Inject
    SensorChangePoller(
            SensorChanges changes, SensorRegistry sensors, SensorCache cache, LabeledSensors labeled, RareLabels rare) {
        this.changes = changes;
        this.sensors = sensors;
        this.cache = cache;
        this.labeled = labeled;
        this.rare = rare;
    }

    void start(@Observes StartupEvent start) {
        polling = Multi.createFrom()
                .ticks()
                .every(INTERVAL)
                .onOverflow()
                .drop()
                .plug(Concatenation.unis(tick -> poll().onFailure().recoverWithUni(failure -> {
                    if (failure instanceof StoreUnavailableException) {
                        log.debugf("Poll for changed sensor metadata failed, next try in 3 s: %s", failure);
                    } else {
                        FAILED.say("Poll for changed sensor metadata failed, next try in 3 s", failure);
                    }
                    return Uni.createFrom().voidItem();
                })))
                .subscribe()
                .with(
                        done -> {},
                        failure -> log.error(
                                "Polls for changed sensor metadata have ended; restart the service", failure));
    }

    void stop(@Observes ShutdownEvent stop) {
        Cancellable running = polling;
        if (running != null) {
            running.cancel();
        }
    }

    /**
     * Reads the sensors again whose metadata changed since the last poll: the cached ones, or all if labels are
     * watched.
     */
    Uni<Void> poll() {
        Uni<Void> reloaded = Uni.createFrom().voidItem();
        if (changes.mayHaveMissedChanges()) {
            cache.clear();
            rare.forget();
            reloaded = labeled.reload();
        }
        return reloaded.chain(this::changed)
                .onItem()
                .transformToMulti(ids -> Multi.createFrom().iterable(ids))
                .filter(id -> labeled.isWatching() || cache.contains(id))
                .onItem()
                .transformToUni(id -> sensors.read(id, Consistency.DEFAULT)
                        .invoke(found -> found.ifPresentOrElse(labeled::update, () -> labeled.forget(id))))
                .merge(CONCURRENT_LOOKUPS)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Set<SensorId>> changed() {
        long begun = rare.now();
        return changes.sinceLastPoll().invoke(ids -> {
            if (!ids.isEmpty()) {
                rare.forget();
            }
            rare.trust(begun);
        });
    }
}
