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
 * Who watches, found by what they watch for: a reading is matched by its sensor, its type and its site, each in constant
 * time, and never by asking everybody. For any number of threads.
 */
final class SubscriptionIndex {

    private final Set<Subscriber> all = ConcurrentHashMap.newKeySet();
    private final Map<SensorId, Set<Subscriber>> bySensor = new ConcurrentHashMap<>();
    private final Map<String, Set<Subscriber>> bySite = new ConcurrentHashMap<>();
    private final Map<SensorType, Set<Subscriber>> byType = new ConcurrentHashMap<>();
    private final Set<Subscriber> ofEverything = ConcurrentHashMap.newKeySet();

    void add(Subscriber subscriber) {
        all.add(subscriber);
        SubscriptionFilter filter = subscriber.subscription().filter();
        if (!filter.sensorIds().isEmpty()) {
            filter.sensorIds().forEach(id -> add(bySensor, id, subscriber));
        } else if (filter.site() != null) {
            add(bySite, filter.site(), subscriber);
        } else if (filter.type() != null) {
            add(byType, filter.type(), subscriber);
        } else {
            ofEverything.add(subscriber);
        }
    }

    /** Whether it was among them. */
    boolean remove(Subscriber subscriber) {
        if (!all.remove(subscriber)) {
            return false;
        }
        SubscriptionFilter filter = subscriber.subscription().filter();
        if (!filter.sensorIds().isEmpty()) {
            filter.sensorIds().forEach(id -> remove(bySensor, id, subscriber));
        } else if (filter.site() != null) {
            remove(bySite, filter.site(), subscriber);
        } else if (filter.type() != null) {
            remove(byType, filter.type(), subscriber);
        } else {
            ofEverything.remove(subscriber);
        }
        return true;
    }

    private static <K> void add(Map<K, Set<Subscriber>> index, K key, Subscriber subscriber) {
        index.compute(key, (any, watching) -> {
            Set<Subscriber> set = watching == null ? ConcurrentHashMap.newKeySet() : watching;
            set.add(subscriber);
            return set;
        });
    }

    private static <K> void remove(Map<K, Set<Subscriber>> index, K key, Subscriber subscriber) {
        index.computeIfPresent(key, (any, watching) -> {
            watching.remove(subscriber);
            return watching.isEmpty() ? null : watching;
        });
    }

    Set<Subscriber> all() {
        return all;
    }

    /** Whether anybody may want readings with this key: asked before a record is decoded. */
    boolean mayMatch(SensorType type, @Nullable SensorId key) {
        return key == null
                || bySensor.containsKey(key)
                || byType.containsKey(type)
                || !bySite.isEmpty()
                || !ofEverything.isEmpty();
    }

    /** Those who want a reading, each once. */
    void forEach(Reading reading, @Nullable String site, Consumer<Subscriber> action) {
        offer(bySensor.get(reading.sensorId()), reading, site, action);
        if (site != null) {
            offer(bySite.get(site), reading, site, action);
        }
        offer(byType.get(reading.type()), reading, site, action);
        offer(ofEverything, reading, site, action);
    }

    private static void offer(
            @Nullable Set<Subscriber> watching, Reading reading, @Nullable String site, Consumer<Subscriber> action) {
        if (watching != null) {
            for (Subscriber subscriber : watching) {
                if (subscriber.subscription().matches(reading.sensorId(), reading.type(), site)) {
                    action.accept(subscriber);
                }
            }
        }
    }
}
