package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.LabeledSensors;
import io.telltale.store.LabeledSensors.Watch;
import io.telltale.store.SensorLists;
import io.telltale.store.SensorRegistry;
import io.telltale.store.StoreUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Resolves a filter to a subscription, with what the registry knows of its sensors. A filter without labels never fails
 * because of Cassandra: live streams work without it, so after a failure or a timeout the sensors count as unknown.
 * Labels are in Cassandra only, so a filter by label fails.
 */
@Singleton
class SubscriptionResolver {

    private static final int MAX_SENSORS_OF_SITE = 10_000;
    private static final int CONCURRENT_LOOKUPS = 32;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final SensorLists lists;
    private final SensorRegistry registry;
    private final LabeledSensors labeled;

    @Inject
    SubscriptionResolver(SensorLists lists, SensorRegistry registry, LabeledSensors labeled) {
        this.lists = lists;
        this.registry = registry;
        this.labeled = labeled;
    }

    /** Watches the labels of a filter; empty without labels. The caller releases it when the stream ends. */
    Optional<Watch> watch(SubscriptionFilter filter) {
        return filter.labels().isEmpty() ? Optional.empty() : Optional.of(labeled.watch(filter.labels()));
    }

    /** @param labels from {@link #watch} */
    Uni<Subscription> resolve(SubscriptionFilter filter, Optional<Watch> labels) {
        Predicate<SensorId> isLabeled =
                labels.<Predicate<SensorId>>map(watch -> watch::contains).orElse(any -> true);
        return labels.map(Watch::ready)
                .orElseGet(() -> Uni.createFrom().voidItem())
                .chain(() -> cacheSite(filter))
                .chain(() -> types(filter))
                .map(types -> Subscription.of(filter, types, isLabeled));
    }

    /**
     * Reads the sensors of a site into the cache. The site that a person set must be known before the first reading,
     * because the reading may name another site.
     */
    private Uni<Void> cacheSite(SubscriptionFilter filter) {
        if (filter.site() == null) {
            return Uni.createFrom().voidItem();
        }
        return lists.all(filter.sensors(), null, MAX_SENSORS_OF_SITE, Consistency.DEFAULT)
                .select()
                .first(MAX_SENSORS_OF_SITE)
                .collect()
                .last()
                .replaceWithVoid()
                .ifNoItem()
                .after(TIMEOUT)
                .recoverWithUni(Uni.createFrom().voidItem())
                .onFailure(StoreUnavailableException.class)
                .recoverWithUni(Uni.createFrom().voidItem());
    }

    /** The types of the filter's sensors, if all are registered; otherwise empty, which includes all topics. */
    private Uni<Set<SensorType>> types(SubscriptionFilter filter) {
        if (filter.type() != null || filter.sensorIds().isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        return Multi.createFrom()
                .iterable(filter.sensorIds())
                .onItem()
                // As for queries: see SensorLookup.
                .transformToUni(id -> filter.scope().hasSites()
                        ? registry.read(id, Consistency.DEFAULT)
                        : registry.find(id, filter.scope()::allows, Consistency.DEFAULT))
                .merge(CONCURRENT_LOOKUPS)
                .collect()
                .asList()
                .map(found -> types(found, filter.scope()))
                .ifNoItem()
                .after(TIMEOUT)
                .recoverWithItem(Set.of())
                .onFailure(StoreUnavailableException.class)
                .recoverWithItem(Set.of());
    }

    /** A sensor outside the scope is like an unknown one, in event ids too. */
    private static Set<SensorType> types(List<Optional<Sensor>> found, Scope scope) {
        List<Sensor> inScope =
                found.stream().flatMap(Optional::stream).filter(scope::allows).toList();
        return inScope.size() == found.size()
                ? inScope.stream().map(Sensor::type).collect(Collectors.toSet())
                : Set.of();
    }
}
