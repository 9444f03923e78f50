package io.telltale.live;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An index of subscribers by the sensors, labels, site or type of their filters. Finding the subscribers of a reading
 * takes one lookup each, however many others there are, and one for each set of labels that filters have. Thread-safe.
 */
final class SubscriptionIndex {

    private final Set<Subscriber> all = ConcurrentHashMap.newKeySet();
    private final Map<SensorId, Set<Subscriber>> bySensor = new ConcurrentHashMap<>();
    private final Map<Map<String, String>, Set<Subscriber>> byLabels = new ConcurrentHashMap<>();
    private final Map<String, Set<Subscriber>> bySite = new ConcurrentHashMap<>();
    private final Map<SensorType, Set<Subscriber>> byType = new ConcurrentHashMap<>();
    private final Set<Subscriber> unfiltered = ConcurrentHashMap.newKeySet();

    void add(Subscriber subscriber) {
        all.add(subscriber);
        SubscriptionFilter filter = subscriber.subscription().filter();
        if (!filter.sensorIds().isEmpty()) {
            filter.sensorIds().forEach(id -> add(bySensor, id, subscriber));
        } else if (!filter.labels().isEmpty()) {
            add(byLabels, filter.labels(), subscriber);
        } else if (filter.site() != null) {
            add(bySite, filter.site(), subscriber);
        } else if (filter.type() != null) {
            add(byType, filter.type(), subscriber);
        } else {
            unfiltered.add(subscriber);
        }
    }

    /** Returns false if the index does not contain the subscriber. */
    boolean remove(Subscriber subscriber) {
        if (!all.remove(subscriber)) {
            return false;
        }
        SubscriptionFilter filter = subscriber.subscription().filter();
        if (!filter.sensorIds().isEmpty()) {
            filter.sensorIds().forEach(id -> remove(bySensor, id, subscriber));
        } else if (!filter.labels().isEmpty()) {
            remove(byLabels, filter.labels(), subscriber);
        } else if (filter.site() != null) {
            remove(bySite, filter.site(), subscriber);
        } else if (filter.type() != null) {
            remove(byType, filter.type(), subscriber);
        } else {
            unfiltered.remove(subscriber);
        }
        return true;
    }

    private static <K> void add(Map<K, Set<Subscriber>> index, K key, Subscriber subscriber) {
        index.compute(key, (any, subscribers) -> {
            Set<Subscriber> set = subscribers == null ? ConcurrentHashMap.newKeySet() : subscribers;
            set.add(subscriber);
            return set;
        });
    }

    private static <K> void remove(Map<K, Set<Subscriber>> index, K key, Subscriber subscriber) {
        index.computeIfPresent(key, (any, subscribers) -> {
            subscribers.remove(subscriber);
            return subscribers.isEmpty() ? null : subscribers;
        });
    }

    Set<Subscriber> all() {
        return all;
    }

    /** Whether a record may have readings for a subscriber. Tested before decoding; without a key, true. */
    boolean mayMatch(SensorType type, @Nullable SensorId key) {
        return key == null
                || bySensor.containsKey(key)
                || byType.containsKey(type)
                || !bySite.isEmpty()
                || !unfiltered.isEmpty()
                || byLabels.values().stream().anyMatch(subscribers -> areLabeled(subscribers, key));
    }

    /** Subscribers with equal labels watch the same sensors, so the first of them tells for all. */
    private static boolean areLabeled(Set<Subscriber> subscribers, SensorId id) {
        for (Subscriber subscriber : subscribers) {
            return subscriber.subscription().labeled().test(id);
        }
        return false;
    }

    /** Calls the action once for each subscriber whose filter matches the reading. */
    void forEach(Reading reading, @Nullable String site, Consumer<Subscriber> action) {
        offer(bySensor.get(reading.sensorId()), reading, site, action);
        for (Set<Subscriber> subscribers : byLabels.values()) {
            if (areLabeled(subscribers, reading.sensorId())) {
                offer(subscribers, reading, site, action);
            }
        }
        if (site != null) {
            offer(bySite.get(site), reading, site, action);
        }
        offer(byType.get(reading.type()), reading, site, action);
        offer(unfiltered, reading, site, action);
    }

    private static void offer(
            @Nullable Set<Subscriber> subscribers,
            Reading reading,
            @Nullable String site,
            Consumer<Subscriber> action) {
        if (subscribers != null) {
            for (Subscriber subscriber : subscribers) {
                if (subscriber.subscription().matches(reading.sensorId(), reading.type(), site)) {
                    action.accept(subscriber);
                }
            }
        }
    }
}
